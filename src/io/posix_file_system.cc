#include "io/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <utility>

namespace gantry::io {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kDirectoryMode = 0750;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

struct CloseStream {
  void operator()(DIR* stream) const { closedir(stream); }
};

FileInfo ToInfo(const struct stat& st) {
  FileInfo info;
  info.size = st.st_size;
  info.changed = {static_cast<int64_t>(st.st_mtim.tv_sec) * 1'000'000 + st.st_mtim.tv_nsec / 1000};
  info.links = static_cast<int64_t>(st.st_nlink);
  return info;
}

class PosixFile final : public File {
 public:
  explicit PosixFile(int fd) : descriptor_(fd) {}

  int fd() const override { return descriptor_.get(); }

  Result<FileInfo> Stat() const override {
    struct stat st {};
    if (fstat(fd(), &st) != 0) return FromErrno(errno, "fstat");
    return ToInfo(st);
  }

  Result<void> ReadAt(int64_t offset, size_t max, std::string& out) const override {
    const size_t before = out.size();
    size_t done = 0;
    out.resize(before + max);
    while (done < max) {
      const ssize_t n = pread(fd(), out.data() + before + done, max - done,
                              static_cast<off_t>(offset + static_cast<int64_t>(done)));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        const int error = errno;
        out.resize(before);
        return FromErrno(error, "read");
      }
      if (n == 0) break;
      done += static_cast<size_t>(n);
    }
    out.resize(before + done);
    return Ok();
  }

  Result<void> WriteAt(int64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = pwrite(fd(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return FromErrno(errno, "write");
      bytes.remove_prefix(static_cast<size_t>(n));
      offset += n;
    }
    return Ok();
  }

  Result<void> Reserve(int64_t size) override {
    int error = EINTR;
    while (error == EINTR) error = posix_fallocate(fd(), 0, static_cast<off_t>(size));
    if (error != 0) return FromErrno(error, "fallocate");
    return Ok();
  }

  Result<void> SyncData() override {
    if (fdatasync(fd()) != 0) return FromErrno(errno, "fdatasync");
    return Ok();
  }

  void StartWriteback(int64_t offset, int64_t size) override {
    sync_file_range(fd(), static_cast<off64_t>(offset), static_cast<off64_t>(size),
                    SYNC_FILE_RANGE_WRITE);
  }

 private:
  Descriptor descriptor_;
};

class PosixFileSystem final : public FileSystem {
 public:
  explicit PosixFileSystem(int root) : root_(root) {}

  Result<std::optional<std::unique_ptr<File>>> Open(const std::string& path,
                                                    OpenMode mode) override {
    CheckPath(path);
    const int flags = (mode == OpenMode::kRead ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOFOLLOW;
    const int fd = openat(root_.get(), path.c_str(), flags);
    if (fd < 0 && errno == ENOENT) return std::optional<std::unique_ptr<File>>();
    if (fd < 0) return FromErrno(errno, "open " + path);
    return std::optional<std::unique_ptr<File>>(std::make_unique<PosixFile>(fd));
  }

  Result<std::unique_ptr<File>> Create(const std::string& path) override {
    CheckPath(path);
    const int fd =
        openat(root_.get(), path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode);
    if (fd < 0) return FromErrno(errno, "create " + path);
    return std::unique_ptr<File>(std::make_unique<PosixFile>(fd));
  }

  Result<std::optional<FileInfo>> Stat(const std::string& path) override {
    CheckPath(path);
    struct stat st {};
    if (fstatat(root_.get(), path.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0)
      return std::optional<FileInfo>(ToInfo(st));
    if (errno == ENOENT) return std::optional<FileInfo>();
    return FromErrno(errno, "stat " + path);
  }

  Result<bool> Link(const std::string& from, const std::string& to) override {
    CheckPath(from);
    CheckPath(to);
    if (linkat(root_.get(), from.c_str(), root_.get(), to.c_str(), 0) == 0) return true;
    if (errno == EEXIST) return false;
    return FromErrno(errno, "link " + to);
  }

  Result<void> Rename(const std::string& from, const std::string& to) override {
    CheckPath(from);
    CheckPath(to);
    if (renameat(root_.get(), from.c_str(), root_.get(), to.c_str()) == 0) return Ok();
    return FromErrno(errno, "rename " + from);
  }

  Result<bool> Remove(const std::string& path) override {
    CheckPath(path);
    if (unlinkat(root_.get(), path.c_str(), 0) == 0) return true;
    if (errno == ENOENT) return false;
    return FromErrno(errno, "remove " + path);
  }

  Result<bool> MakeDirectory(const std::string& path) override {
    CheckPath(path);
    if (mkdirat(root_.get(), path.c_str(), kDirectoryMode) == 0) return true;
    if (errno == EEXIST) return false;
    return FromErrno(errno, "make directory " + path);
  }

  Result<std::vector<std::string>> List(const std::string& directory) override {
    TRY_ASSIGN(Descriptor fd, OpenDirectory(directory));
    const std::unique_ptr<DIR, CloseStream> stream(fdopendir(fd.get()));
    if (stream == nullptr) return FromErrno(errno, "list " + directory);
    fd.release();
    std::vector<std::string> names;
    while (true) {
      errno = 0;
      const dirent* const entry = readdir(stream.get());
      if (entry == nullptr && errno != 0) return FromErrno(errno, "list " + directory);
      if (entry == nullptr) return names;
      const std::string_view name(entry->d_name);
      if (name != "." && name != "..") names.emplace_back(name);
    }
  }

  Result<void> SyncDirectory(const std::string& directory) override {
    TRY_ASSIGN(const Descriptor fd, OpenDirectory(directory));
    if (fsync(fd.get()) != 0) return FromErrno(errno, "fsync directory " + directory);
    return Ok();
  }

  Result<void> SyncAll() override {
    if (syncfs(root_.get()) != 0) return FromErrno(errno, "syncfs");
    return Ok();
  }

  Result<Space> FreeSpace() override {
    struct statvfs st {};
    if (fstatvfs(root_.get(), &st) != 0) return FromErrno(errno, "statvfs");
    const auto bytes = [&](fsblkcnt_t blocks) {
      constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
      const uint64_t unit = st.f_frsize;
      return static_cast<int64_t>(unit != 0 && blocks > kMax / unit ? kMax : blocks * unit);
    };
    return Space{bytes(st.f_bavail), bytes(st.f_blocks)};
  }

 private:
  Result<Descriptor> OpenDirectory(const std::string& directory) {
    if (!directory.empty()) CheckPath(directory);
    const int fd = openat(root_.get(), directory.empty() ? "." : directory.c_str(),
                          O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return FromErrno(errno, "open directory " + directory);
    return Descriptor(fd);
  }

  const Descriptor root_;
};

Result<void> MakeWithParents(const std::string& directory) {
  for (size_t end = directory.find('/', 1);; end = directory.find('/', end + 1)) {
    const std::string prefix = directory.substr(0, end);
    if (mkdir(prefix.c_str(), kDirectoryMode) != 0 && errno != EEXIST)
      return FromErrno(errno, "make directory " + prefix);
    if (end == std::string::npos) return Ok();
  }
}

}  // namespace

Result<std::unique_ptr<FileSystem>> OpenPosixFileSystem(const std::string& directory) {
  TRY(MakeWithParents(directory));
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FromErrno(errno, "open directory " + directory);
  return std::unique_ptr<FileSystem>(std::make_unique<PosixFileSystem>(fd));
}

}  // namespace gantry::io
