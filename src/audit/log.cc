#include "audit/log.h"

#include <algorithm>

#include "base/background.h"

namespace gantry::audit {

Log::Log(io::FileSystem& fs, const Clock& clock, log::Logger& logger, const LogOptions& options)
    : fs_(fs),
      clock_(clock),
      logger_(logger),
      options_(options),
      intake_(options.sync_bytes),
      catalog_(fs) {}

Result<std::unique_ptr<Log>> Log::Open(io::FileSystem& fs, const Clock& clock, log::Logger& logger,
                                       const LogOptions& options) {
  std::unique_ptr<Log> log(new Log(fs, clock, logger, options));
  TRY_ASSIGN(log->writer_, LogWriter::Open(fs, log->catalog_, clock, logger, options.segment));
  log->next_checkpoint_ = clock.Monotonic() + options.checkpoint_interval;
  log->write_thread_ = std::thread([&l = *log] { l.WriteLoop(); });
  log->index_thread_ = std::thread([&l = *log] { l.IndexLoop(); });
  return log;
}

Log::~Log() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_writer_.SignalAll();
    wake_indexer_.SignalAll();
  }
  if (write_thread_.joinable()) write_thread_.join();
  if (index_thread_.joinable()) index_thread_.join();
}

Log::Ticket Log::Append(const RecordView& record) {
  const Intake::Place place = intake_.Append(record);
  const size_t half = options_.sync_bytes / 2;
  const bool is_much = place.waiting_bytes >= half;
  // The writer resets pending_ before it takes the records: whoever sees it set is not forgotten.
  if (!pending_.load(std::memory_order_acquire)) {
    WakeWriter(is_much);
  } else if (is_much && place.waiting_bytes % half < half / 8) {
    WakeWriter(true);
  }
  return {place.shard, place.position};
}

void Log::WakeWriter(bool urgent) {
  MutexLock lock(mutex_);
  pending_.store(true, std::memory_order_release);
  urgent_ = urgent_ || urgent;
  wake_writer_.SignalOne();
}

Result<void> Log::Wait(Ticket ticket) {
  if (ticket.refused())
    return Error(Code::kResourceExhausted, "audit_log_full",
                 "the audit log cannot take the record of this request, because it could not write "
                 "for some time; try again, and look at the disk of the audit folder");
  MutexLock lock(mutex_);
  const uint64_t failures = failures_;
  while (durable_[ticket.shard] < ticket.position) {
    if (failures_ != failures) return *error_;
    urgent_ = true;
    wake_writer_.SignalOne();
    acknowledged_.Wait(mutex_);
  }
  return Ok();
}

// False: the log is being closed.
bool Log::WaitForRecords() {
  const auto remaining = [](Time deadline, Time now) {
    return std::chrono::microseconds(std::max<int64_t>((deadline - now).micros, 0));
  };
  const bool is_unsigned = writer_->HasUnsigned();
  MutexLock lock(mutex_);
  while (!stopping_ && !pending_.load(std::memory_order_relaxed)) {
    if (!is_unsigned) {
      wake_writer_.Wait(mutex_);
    } else if (!wake_writer_.WaitFor(mutex_, remaining(next_checkpoint_, clock_.Monotonic()))) {
      break;
    }
  }
  const Time deadline = clock_.Monotonic() + options_.sync_interval;
  while (!stopping_ && !urgent_ && pending_.load(std::memory_order_relaxed)) {
    if (!wake_writer_.WaitFor(mutex_, remaining(deadline, clock_.Monotonic()))) break;
  }
  urgent_ = false;
  pending_.store(false, std::memory_order_release);
  return !stopping_;
}

void Log::WriteLoop() {
  Intake::Batch batch;
  for (bool goes_on = true; goes_on;) {
    goes_on = WaitForRecords();
    intake_.Take(batch);
    if (!batch.empty()) WriteBatch(batch);
    if (!goes_on) next_checkpoint_ = clock_.Monotonic();
    SignWhenDue();
  }
}

void Log::WriteBatch(const Intake::Batch& batch) {
  bool is_prepared = false;
  for (;;) {
    Result<void> result = Ok();
    if (!is_prepared) {
      result = writer_->Prepare();
      is_prepared = result.ok();
      if (is_prepared) batch.ForEach([&](const RecordView& record) { writer_->Add(record); });
    }
    if (result.ok()) result = writer_->Commit();
    if (result.ok()) break;
    if (!WaitToRetry(result.error())) return;
  }
  Acknowledge(batch);
}

// False: the log is being closed.
bool Log::WaitToRetry(const Error& error) {
  if (healthy_.exchange(false))
    log::Failure(logger_, "audit.write_failed").Field("error", error.ToString());
  MutexLock lock(mutex_);
  ++failures_;
  error_ = error;
  acknowledged_.SignalAll();
  const Time deadline = clock_.Monotonic() + options_.retry_interval;
  urgent_ = false;
  while (!stopping_ && !urgent_) {
    const int64_t left = (deadline - clock_.Monotonic()).micros;
    if (left <= 0 || !wake_writer_.WaitFor(mutex_, std::chrono::microseconds(left))) break;
  }
  urgent_ = false;
  return !stopping_;
}

void Log::Acknowledge(const Intake::Batch& batch) {
  if (!healthy_.exchange(true)) log::Info(logger_, "audit.write_recovered");
  MutexLock lock(mutex_);
  durable_ = batch.positions;
  index_waits_ = true;
  acknowledged_.SignalAll();
  wake_indexer_.SignalOne();
}

void Log::SignWhenDue() {
  const Time now = clock_.Monotonic();
  if (now < next_checkpoint_ || !writer_->HasUnsigned()) return;
  const auto result = writer_->SignHead();
  if (!result.ok())
    log::Warning(logger_, "audit.checkpoint_failed").Field("error", result.error().ToString());
  next_checkpoint_ = now + options_.checkpoint_interval;
}

void Log::IndexLoop() {
  StandBehind();
  for (;;) {
    const auto written = catalog_.WriteNextIndex();
    if (!written.ok())
      log::Warning(logger_, "audit.index_failed").Field("error", written.error().ToString());
    MutexLock lock(mutex_);
    if (written.ok() && *written) index_waits_ = true;
    while (!stopping_ && !index_waits_) wake_indexer_.Wait(mutex_);
    if (stopping_) return;
    index_waits_ = false;
  }
}

}  // namespace gantry::audit
