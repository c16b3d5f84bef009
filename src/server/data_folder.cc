#include "server/data_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace gantry::server {
namespace {

Result<void> MakeFolders(const std::string& path) {
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string part = path.substr(0, slash);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST && errno != EISDIR) {
      // A part that exists above a folder one may not write in: EACCES or EROFS, not EEXIST.
      const int error_number = errno;
      struct stat status {};
      if (stat(part.c_str(), &status) != 0)
        return FromErrno(error_number, "cannot make the data folder " + part);
    }
    if (slash == std::string::npos) return Ok();
  }
}

Error InUse(const std::string& path, int lock_fd) {
  char text[32] = {};
  const ssize_t length = pread(lock_fd, text, sizeof text - 1, 0);
  std::string pid(text, static_cast<size_t>(length > 0 ? length : 0));
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  return Error(Code::kFailedPrecondition, "data_folder_in_use",
               "the data folder " + path + " is in use by process " +
                   (pid.empty() ? "(unknown)" : pid) +
                   "; stop it, or give another folder with --data")
      .With("pid", pid);
}

}  // namespace

Result<std::unique_ptr<DataFolder>> DataFolder::Lock(const std::string& path) {
  TRY(MakeFolders(path));
  const std::string file = path + "/lock";
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return FromErrno(errno, "cannot open " + file);
  std::unique_ptr<DataFolder> folder(new DataFolder(path, fd));
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return InUse(path, fd);
    return FromErrno(errno, "cannot lock " + file);
  }
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(fd, 0) != 0 ||
      pwrite(fd, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
    return FromErrno(errno, "cannot write " + file);
  return folder;
}

DataFolder::~DataFolder() { close(lock_fd_); }

std::string ControlSocket(const std::string& data) { return data + "/control.sock"; }

}  // namespace gantry::server
