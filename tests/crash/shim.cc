// A library for LD_PRELOAD that kills the process at its n-th write point: a call that changes a
// file or a folder, or asks for durability. With GANTRY_CRASH_AT=n the n-th such call does half of
// its work, if it is a write, or none, and the process gets SIGKILL. Without it nothing changes.
// With GANTRY_CRASH_COUNT=<file> the number of calls is written there when the process ends by
// itself.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace {

std::atomic<long> g_calls{0};

long CrashAt() {
  static const long at = [] {
    const char* text = std::getenv("GANTRY_CRASH_AT");
    return text == nullptr ? 0L : std::strtol(text, nullptr, 10);
  }();
  return at;
}

// Whether this call is the one.
bool Now() { return g_calls.fetch_add(1) + 1 == CrashAt(); }

[[noreturn]] void Die() {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

bool IsFile(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && fd > 2;
}

template <typename F>
F Real(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

__attribute__((destructor)) void Report() {
  const char* path = std::getenv("GANTRY_CRASH_COUNT");
  if (path == nullptr) return;
  if (std::FILE* file = std::fopen(path, "w")) {
    std::fprintf(file, "%ld\n", g_calls.load());
    std::fclose(file);
  }
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* data, size_t size) {
  static const auto real = Real<ssize_t (*)(int, const void*, size_t)>("write");
  if (IsFile(fd) && Now()) {
    real(fd, data, size / 2);
    Die();
  }
  return real(fd, data, size);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  static const auto real = Real<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  if (IsFile(fd) && Now()) {
    real(fd, data, size / 2, offset);
    Die();
  }
  return real(fd, data, size, offset);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  return pwrite64(fd, data, size, offset);
}

ssize_t writev(int fd, const iovec* parts, int count) {
  static const auto real = Real<ssize_t (*)(int, const iovec*, int)>("writev");
  if (IsFile(fd) && Now()) {
    if (count > 0) real(fd, parts, 1);
    Die();
  }
  return real(fd, parts, count);
}

ssize_t pwritev(int fd, const iovec* parts, int count, off_t offset) {
  static const auto real = Real<ssize_t (*)(int, const iovec*, int, off_t)>("pwritev");
  if (IsFile(fd) && Now()) {
    if (count > 0) real(fd, parts, 1, offset);
    Die();
  }
  return real(fd, parts, count, offset);
}

#define GANTRY_WRITE_POINT(name, parameters, arguments)      \
  int name parameters {                                      \
    static const auto real = Real<int(*) parameters>(#name); \
    if (Now()) Die();                                        \
    return real arguments;                                   \
  }

GANTRY_WRITE_POINT(fsync, (int fd), (fd))
GANTRY_WRITE_POINT(fdatasync, (int fd), (fd))
GANTRY_WRITE_POINT(syncfs, (int fd), (fd))
GANTRY_WRITE_POINT(ftruncate64, (int fd, off64_t size), (fd, size))
GANTRY_WRITE_POINT(fallocate, (int fd, int mode, off_t offset, off_t size),
                   (fd, mode, offset, size))
GANTRY_WRITE_POINT(posix_fallocate, (int fd, off_t offset, off_t size), (fd, offset, size))
GANTRY_WRITE_POINT(rename, (const char* from, const char* to), (from, to))
GANTRY_WRITE_POINT(renameat, (int from_fd, const char* from, int to_fd, const char* to),
                   (from_fd, from, to_fd, to))
GANTRY_WRITE_POINT(renameat2,
                   (int from_fd, const char* from, int to_fd, const char* to, unsigned int flags),
                   (from_fd, from, to_fd, to, flags))
GANTRY_WRITE_POINT(linkat, (int from_fd, const char* from, int to_fd, const char* to, int flags),
                   (from_fd, from, to_fd, to, flags))
GANTRY_WRITE_POINT(unlink, (const char* path), (path))
GANTRY_WRITE_POINT(unlinkat, (int fd, const char* path, int flags), (fd, path, flags))

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

}  // extern "C"
