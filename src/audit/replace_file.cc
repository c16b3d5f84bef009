#include "audit/replace_file.h"

#include <algorithm>

namespace gantry::audit {
namespace {

constexpr std::string_view kUnfinished = ".new";
constexpr int64_t kPiece = 1 << 20;

Result<void> CopyPrefix(io::FileSystem& fs, const std::string& name, int64_t size, io::File& to) {
  if (size == 0) return Ok();
  TRY_ASSIGN(const auto from, fs.Open(name, io::OpenMode::kRead));
  if (!from) return Corruption("audit_file_missing", "the audit file " + name + " is gone");
  std::string piece;
  for (int64_t at = 0; at < size; at += static_cast<int64_t>(piece.size())) {
    piece.clear();
    TRY((*from)->ReadAt(at, static_cast<size_t>(std::min(kPiece, size - at)), piece));
    if (piece.empty())
      return Corruption("audit_file_short", "the audit file " + name + " is shorter than it was");
    TRY(to.WriteAt(at, piece));
  }
  return Ok();
}

}  // namespace

Result<std::unique_ptr<io::File>> ReplaceFile(io::FileSystem& fs, const std::string& name,
                                              int64_t prefix_size, std::string_view tail) {
  const std::string unfinished = name + std::string(kUnfinished);
  TRY(fs.Remove(unfinished));
  TRY_ASSIGN(auto file, fs.Create(unfinished));
  TRY(CopyPrefix(fs, name, prefix_size, *file));
  TRY(file->WriteAt(prefix_size, tail));
  TRY(file->SyncData());
  TRY(fs.Rename(unfinished, name));
  TRY(fs.SyncDirectory(""));
  return file;
}

Result<void> RemoveUnfinished(io::FileSystem& fs) {
  TRY_ASSIGN(const auto names, fs.List(""));
  for (const std::string& file : names) {
    const bool is_unfinished = file.size() > kUnfinished.size() &&
                               file.substr(file.size() - kUnfinished.size()) == kUnfinished;
    if (is_unfinished) TRY(fs.Remove(file));
  }
  return Ok();
}

}  // namespace gantry::audit
