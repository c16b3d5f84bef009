#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include "base/mutex.h"
#include "log/line_start.h"
#include "log/log.h"

namespace gantry::log {
namespace {

constexpr auto kWriteDelay = std::chrono::milliseconds(100);
constexpr size_t kWriteAtOnce = 256 << 10;
constexpr size_t kWaitingMax = 8 << 20;
constexpr size_t kBufferKept = 1 << 20;

// The number of bytes that reached the file: all of them, or fewer when it cannot be written.
size_t WriteAll(int fd, std::string_view bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = write(fd, bytes.data() + done, bytes.size() - done);
    if (n >= 0) {
      done += static_cast<size_t>(n);
    } else if (errno == EAGAIN) {
      pollfd wait{fd, POLLOUT, 0};
      poll(&wait, 1, 1000);
    } else if (errno != EINTR) {
      break;
    }
  }
  return done;
}

int64_t CountLines(std::string_view bytes) { return std::count(bytes.begin(), bytes.end(), '\n'); }

void AppendDropNotice(std::string& out, int64_t lines) {
  AppendLineStart(out, Level::kWarning, "log_lines_dropped");
  out += ",\"count\":" + std::to_string(lines) + "}\n";
}

}  // namespace

struct Logger::State {
  State(int fd_in, Level level_in) : fd(fd_in), level(level_in) {}

  void Run();
  void AwaitBatch() REQUIRES_LOCK(mutex);

  const int fd;
  const Level level;
  Mutex mutex;
  CondVar work;
  CondVar progress;
  std::string waiting GUARDED_BY(mutex);
  uint64_t accepted GUARDED_BY(mutex) = 0;  // bytes, ever
  uint64_t finished GUARDED_BY(mutex) = 0;  // bytes written or given up, ever
  int64_t dropped GUARDED_BY(mutex) = 0;    // lines, since the last notice
  bool urgent GUARDED_BY(mutex) = false;
  bool stopping GUARDED_BY(mutex) = false;
  std::thread thread;
};

// Returns when something waits that is due, or when nothing will come any more.
void Logger::State::AwaitBatch() {
  while (waiting.empty() && !stopping) work.Wait(mutex);
  const auto due = std::chrono::steady_clock::now() + kWriteDelay;
  while (!urgent && !stopping && waiting.size() < kWriteAtOnce) {
    const auto left = due - std::chrono::steady_clock::now();
    if (left <= left.zero()) break;
    work.WaitFor(mutex, std::chrono::duration_cast<std::chrono::microseconds>(left));
  }
}

void Logger::State::Run() {
  std::string batch;
  while (true) {
    int64_t dropped_before = 0;
    {
      MutexLock lock(mutex);
      AwaitBatch();
      if (waiting.empty()) return;
      batch.clear();
      batch.swap(waiting);
      urgent = false;
      std::swap(dropped_before, dropped);
    }
    const size_t lines_size = batch.size();
    if (dropped_before > 0) AppendDropNotice(batch, dropped_before);
    const size_t written = WriteAll(fd, batch);
    {
      MutexLock lock(mutex);
      finished += lines_size;
      if (written < batch.size()) {
        batch.resize(lines_size);
        dropped += dropped_before +
                   CountLines(std::string_view(batch).substr(std::min(written, lines_size)));
      }
      progress.SignalAll();
    }
    if (batch.capacity() > kBufferKept) std::string().swap(batch);
  }
}

Logger::Logger(int fd, Level level) : state_(std::make_unique<State>(fd, level)) {
  // The writer takes no signals: they are for the threads that wait for them, and a closed pipe is
  // an error of write().
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  state_->thread = std::thread([this] { state_->Run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Logger::~Logger() {
  {
    MutexLock lock(state_->mutex);
    state_->stopping = true;
  }
  state_->work.SignalAll();
  state_->thread.join();
}

bool Logger::Enabled(Level level) const { return level >= state_->level; }

void Logger::Write(Level level, std::string_view line) {
  if (!Enabled(level)) return;
  bool wake = false;
  {
    MutexLock lock(state_->mutex);
    if (state_->accepted - state_->finished + line.size() > kWaitingMax) {
      ++state_->dropped;
      return;
    }
    wake = state_->waiting.empty() || level >= Level::kWarning;
    state_->waiting += line;
    state_->accepted += line.size();
    if (level >= Level::kWarning || state_->waiting.size() >= kWriteAtOnce) {
      wake = wake || !state_->urgent;
      state_->urgent = true;
    }
  }
  if (wake) state_->work.SignalOne();
}

void Logger::Flush() {
  MutexLock lock(state_->mutex);
  const uint64_t target = state_->accepted;
  while (state_->finished < target) {
    state_->urgent = true;
    state_->work.SignalOne();
    state_->progress.Wait(state_->mutex);
  }
}

}  // namespace gantry::log
