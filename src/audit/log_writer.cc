#include "audit/log_writer.h"

#include <algorithm>

#include "audit/frame_decoder.h"
#include "audit/replace_file.h"
#include "audit/segment_reader.h"
#include "base/assert.h"
#include "crypto/random.h"

namespace gantry::audit {
namespace {

// Adds the records of a frame to the index of its segment.
Result<void> IndexFrame(const Frame& frame, Index& index) {
  FrameDecoder decoder;
  decoder.Begin(frame.header, frame.payload);
  Time time_min = frame.header.base_time, time_max = time_min;
  for (;;) {
    TRY_ASSIGN(const bool more, decoder.Next());
    if (!more) break;
    const TermHashes terms = decoder.Terms();
    index.Add({&terms, 1});
    time_min = std::min(time_min, decoder.time());
    time_max = std::max(time_max, decoder.time());
  }
  index.EndFrame(frame.offset, time_min, time_max);
  return Ok();
}

}  // namespace

LogWriter::LogWriter(io::FileSystem& fs, Catalog& catalog, const Clock& clock, log::Logger& logger,
                     const SegmentLimits& limits, SigningKey key)
    : fs_(fs),
      catalog_(catalog),
      clock_(clock),
      logger_(logger),
      limits_(limits),
      key_(std::move(key)),
      chain_hash_(kHashSize, '\0') {}

Result<std::unique_ptr<LogWriter>> LogWriter::Open(io::FileSystem& fs, Catalog& catalog,
                                                   const Clock& clock, log::Logger& logger,
                                                   const SegmentLimits& limits) {
  TRY(RemoveUnfinished(fs));
  TRY_ASSIGN(auto key, SigningKey::LoadOrCreate(fs));
  std::unique_ptr<LogWriter> writer(
      new LogWriter(fs, catalog, clock, logger, limits, std::move(key)));
  TRY(writer->Recover());
  return writer;
}

Result<void> LogWriter::Recover() {
  std::vector<uint64_t> segments;
  TRY_ASSIGN(const auto names, fs_.List(""));
  for (const std::string& name : names) {
    if (const auto sequence = ParseSegmentName(name)) segments.push_back(*sequence);
  }
  std::sort(segments.begin(), segments.end());
  std::optional<Checkpoint> last;
  {
    MutexLock lock(head_mutex_);
    TRY_ASSIGN(checkpoints_, CheckpointFile::Open(fs_, key_, logger_));
    last = checkpoints_->last();
    TRY(FinishRemoval(segments));
  }
  for (const uint64_t segment : segments) {
    if (segment != segments.back()) catalog_.AddClosed(segment);
  }
  if (!segments.empty()) TRY(RecoverSegment(segments.back(), last ? last->sequence : 0));
  if (last && last->sequence >= next_sequence_) ContinueAfter(*last);
  if (installation_.empty()) installation_ = crypto::RandomBytes(16);
  catalog_.SetDurable(next_sequence_ - 1);
  MutexLock lock(head_mutex_);
  head_ = {next_sequence_ - 1, chain_hash_};
  return Ok();
}

// A crash may have come between the note of a removal and the removal.
Result<void> LogWriter::FinishRemoval(std::vector<uint64_t>& segments) {
  const auto& removed = checkpoints_->removed();
  while (removed && segments.size() > 1 && segments.front() <= removed->sequence) {
    TRY(fs_.Remove(IndexName(segments.front())));
    TRY(fs_.Remove(SegmentName(segments.front())));
    segments.erase(segments.begin());
  }
  return Ok();
}

// The log is shorter than it was when its end was signed: somebody cut it or the medium decayed.
// What is left stays untouched as evidence; new records follow what was signed.
void LogWriter::ContinueAfter(const Checkpoint& checkpoint) {
  log::Failure(logger_, "audit.log_damaged")
      .Field("sequence", next_sequence_)
      .Field("signed_sequence", checkpoint.sequence);
  next_sequence_ = checkpoint.sequence + 1;
  chain_hash_ = checkpoint.hash;
}

Result<void> LogWriter::RecoverSegment(uint64_t first_sequence, uint64_t signed_sequence) {
  next_sequence_ = first_sequence;
  TRY_ASSIGN(auto reader, SegmentReader::Open(fs_, first_sequence));
  if (!reader) {
    catalog_.AddClosed(first_sequence);
    ++next_sequence_;  // the name is taken
    log::Failure(logger_, "audit.segment_damaged").Field("segment", SegmentName(first_sequence));
    return Ok();
  }
  installation_ = reader->header().installation;
  created_ = reader->header().created;
  first_sequence_ = first_sequence;
  auto index = std::make_unique<Index>(first_sequence);
  bool is_closed = false;
  chain_hash_ = reader->header_hash();
  durable_size_ = reader->offset();
  for (;;) {
    TRY_ASSIGN(const auto frame, reader->Next());
    if (!frame || !frame->hash_is_right || is_closed) break;
    if (frame->header.first_sequence != next_sequence_) break;
    is_closed = frame->header.kind == FrameKind::kFooter;
    if (!is_closed && !IndexFrame(*frame, *index).ok()) break;
    next_sequence_ += frame->header.records;
    chain_hash_ = frame->hash;
    durable_size_ = reader->offset();
  }
  if (is_closed || signed_sequence >= next_sequence_) {
    catalog_.AddClosed(first_sequence);
    return Ok();
  }
  TRY_ASSIGN(auto file, fs_.Open(SegmentName(first_sequence), io::OpenMode::kReadWrite));
  if (!file) return Corruption("audit_file_missing", "the last audit segment is gone");
  TRY_ASSIGN(const io::FileInfo info, (*file)->Stat());
  file_ = *std::move(file);
  catalog_.Begin(std::move(index));
  if (info.size == durable_size_) return Ok();
  log::Warning(logger_, "audit.unfinished_cut")
      .Field("segment", SegmentName(first_sequence))
      .Field("next_sequence", next_sequence_)
      .Field("bytes", info.size - durable_size_);
  TRY_ASSIGN(file_, ReplaceFile(fs_, SegmentName(first_sequence), durable_size_, ""));
  return Ok();
}

bool LogWriter::IsFull() const {
  return durable_size_ >= limits_.bytes || clock_.Now() - created_ >= limits_.age ||
         catalog_.OpenMemory() >= limits_.index_bytes;
}

Result<void> LogWriter::Prepare() {
  GANTRY_ASSERT(encoder_.records() == 0 && (batch_.empty() || closing_));
  if (file_ != nullptr && (closing_ || IsFull())) TRY(CloseSegment());
  if (file_ == nullptr) TRY(StartSegment());
  return Ok();
}

Result<void> LogWriter::StartSegment() {
  const Time now = clock_.Now();
  const std::string header = EncodeSegmentHeader({next_sequence_, now, installation_, chain_hash_});
  TRY_ASSIGN(file_, ReplaceFile(fs_, SegmentName(next_sequence_), 0, header));
  first_sequence_ = next_sequence_;
  created_ = now;
  durable_size_ = static_cast<int64_t>(header.size());
  chain_hash_ = header.substr(header.size() - kHashSize);
  catalog_.Begin(std::make_unique<Index>(first_sequence_));
  return Ok();
}

Result<void> LogWriter::CloseSegment() {
  if (!closing_) {
    FrameHeader footer;
    footer.kind = FrameKind::kFooter;
    footer.first_sequence = next_sequence_;
    footer.base_time = clock_.Now();
    chain_hash_ = AppendFrame(footer, "", chain_hash_, batch_);
    closing_ = true;
  }
  TRY(Flush());
  closing_ = false;
  file_.reset();
  catalog_.Close(chain_hash_);
  MutexLock lock(head_mutex_);
  head_.hash = chain_hash_;
  const auto signed_head = SignHeadLocked();
  if (!signed_head.ok())
    log::Warning(logger_, "audit.checkpoint_failed").Field("error", signed_head.error().message());
  return Ok();
}

void LogWriter::Add(const RecordView& record) {
  if (encoder_.records() == 0) encoder_.Begin(next_sequence_);
  encoder_.Add(record, terms_.emplace_back());
  ++next_sequence_;
  if (encoder_.full()) EndFrame();
}

void LogWriter::EndFrame() {
  const int64_t offset = durable_size_ + static_cast<int64_t>(batch_.size());
  chain_hash_ = encoder_.Finish(chain_hash_, batch_);
  catalog_.AddFrame(terms_, offset, encoder_.time_min(), encoder_.time_max());
  terms_.clear();
  encoder_.Begin(next_sequence_);
}

Result<void> LogWriter::Commit() {
  if (encoder_.records() > 0) EndFrame();
  if (batch_.empty()) return Ok();
  TRY(Flush());
  catalog_.SetDurable(next_sequence_ - 1);
  MutexLock lock(head_mutex_);
  head_ = {next_sequence_ - 1, chain_hash_};
  return Ok();
}

// Writes batch_ durably.
Result<void> LogWriter::Flush() {
  if (suspect_) {
    TRY_ASSIGN(file_, ReplaceFile(fs_, SegmentName(first_sequence_), durable_size_, ""));
    suspect_ = false;
  }
  TRY(file_->WriteAt(durable_size_, batch_));
  suspect_ = true;
  TRY(file_->SyncData());
  suspect_ = false;
  durable_size_ += static_cast<int64_t>(batch_.size());
  batch_.clear();
  constexpr size_t kKept = 4 << 20;
  if (batch_.capacity() > kKept) batch_.shrink_to_fit();
  return Ok();
}

bool LogWriter::HasUnsigned() const {
  MutexLock lock(head_mutex_);
  const auto& last = checkpoints_->last();
  return head_.sequence > 0 &&
         (!last || last->sequence != head_.sequence || last->hash != head_.hash);
}

Result<void> LogWriter::SignHead() {
  MutexLock lock(head_mutex_);
  return SignHeadLocked();
}

Result<void> LogWriter::SignHeadLocked() {
  const auto& last = checkpoints_->last();
  const bool is_signed = last && last->sequence == head_.sequence && last->hash == head_.hash;
  if (head_.sequence == 0 || is_signed) return Ok();
  return checkpoints_->Append({Checkpoint::Kind::kHead, head_.sequence, clock_.Now(), head_.hash});
}

Result<int64_t> LogWriter::RemoveBefore(Time time) {
  const std::vector<uint64_t> segments = catalog_.Segments();
  size_t count = 0;
  for (; count + 1 < segments.size(); ++count) {
    TRY_ASSIGN(const SegmentLists lists, catalog_.Find(segments[count], {}));
    const bool is_older =
        std::all_of(lists.groups.begin(), lists.groups.end(),
                    [&](const FrameGroup& group) { return group.time_max < time; });
    if (!is_older) break;
  }
  if (count == 0) return 0;
  TRY_ASSIGN(const auto next, SegmentReader::Open(fs_, segments[count]));
  if (!next)
    return Corruption("audit_segment_damaged", "the audit segment " + SegmentName(segments[count]) +
                                                   " is damaged; nothing before it is removed");
  {
    MutexLock lock(head_mutex_);
    const Time now = clock_.Now();
    TRY(checkpoints_->Restart(
        {Checkpoint::Kind::kRemoved, segments[count] - 1, now, next->header().previous_hash},
        {Checkpoint::Kind::kHead, head_.sequence, now, head_.hash}));
  }
  for (size_t i = 0; i < count; ++i) {
    catalog_.Remove(segments[i]);
    TRY(fs_.Remove(IndexName(segments[i])));
    TRY(fs_.Remove(SegmentName(segments[i])));
  }
  TRY(fs_.SyncDirectory(""));
  return static_cast<int64_t>(count);
}

}  // namespace gantry::audit
