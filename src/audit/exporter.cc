#include "audit/exporter.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "audit/padded.h"
#include "audit/replace_file.h"

namespace gantry::audit {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

// Whether the file ends within a line.
Result<bool> EndsWithinLine(int fd) {
  const off_t size = lseek(fd, 0, SEEK_END);
  if (size < 0) return FromErrno(errno, "lseek of the export file");
  if (size == 0) return false;
  char last = 0;
  if (pread(fd, &last, 1, size - 1) != 1) return FromErrno(errno, "read of the export file");
  return last != '\n';
}

}  // namespace

Result<void> Exporter::LoadCursor() {
  if (loaded_) return Ok();
  TRY_ASSIGN(const auto file, fs_.Open(cursor_name_, io::OpenMode::kRead));
  if (file) {
    constexpr size_t kMax = 64;
    std::string text;
    TRY((*file)->ReadAt(0, kMax, text));
    const auto cursor = text.size() == 21 && text.back() == '\n'
                            ? ParsePadded(text.substr(0, kPaddedDigits))
                            : std::nullopt;
    if (!cursor)
      return Corruption("export_cursor_invalid",
                        "the file " + cursor_name_ +
                            " does not hold the sequence up to which the audit log was exported; "
                            "remove it to export everything again");
    cursor_ = *cursor;
  }
  loaded_ = true;
  return Ok();
}

Result<void> Exporter::SaveCursor(uint64_t sequence) {
  TRY(ReplaceFile(fs_, cursor_name_, 0, Padded(sequence) + "\n"));
  cursor_ = sequence;
  return Ok();
}

Result<int64_t> Exporter::Step() {
  TRY(LoadCursor());
  const uint64_t durable = log_.durable_sequence();
  const uint64_t sent = cursor();
  if (sent > durable)
    return Error(Code::kFailedPrecondition, "export_cursor_ahead",
                 "the audit log was exported up to sequence " + std::to_string(sent) +
                     ", but it ends at " + std::to_string(durable) +
                     "; if it is a new log, remove the file " + cursor_name_);
  if (sent == durable) return 0;
  Query query;
  query.newest_first = false;
  query.cursor = sent;
  query.limit = kStepMax;
  TRY_ASSIGN(const SearchResult found, log_.Find(query));
  if (!found.damaged.empty())
    return Corruption("audit_segment_damaged", "the audit segment " + found.damaged.front() +
                                                   " is damaged; the export stops before it");
  if (found.entries.empty()) return 0;
  TRY(target_.Send(found.entries));
  TRY(SaveCursor(found.entries.back().sequence));
  return static_cast<int64_t>(found.entries.size());
}

Result<void> FileTarget::Send(std::span<const Entry> entries) {
  constexpr mode_t kMode = 0640;
  const Descriptor fd(open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, kMode));
  if (fd.get() < 0) return FromErrno(errno, "open of the export file " + path_);
  TRY_ASSIGN(const bool is_cut, EndsWithinLine(fd.get()));
  std::string lines = is_cut ? "\n" : "";
  for (const Entry& entry : entries) {
    AppendJson(entry, lines);
    lines += '\n';
  }
  std::string_view left(lines);
  while (!left.empty()) {
    const ssize_t n = write(fd.get(), left.data(), left.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FromErrno(errno, "write of the export file " + path_);
    left.remove_prefix(static_cast<size_t>(n));
  }
  if (fdatasync(fd.get()) != 0) return FromErrno(errno, "sync of the export file " + path_);
  return Ok();
}

}  // namespace gantry::audit
