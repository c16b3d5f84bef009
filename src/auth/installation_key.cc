#include "auth/installation_key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>

#include "base/assert.h"
#include "base/encoding.h"
#include "crypto/cipher.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "meta/settings.h"

namespace gantry::auth {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kFileBytesMax = 200;

// A descriptor, closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

// The file's text; nullopt: there is no file.
Result<std::optional<std::string>> ReadKeyFile(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 && errno == ENOENT) return std::optional<std::string>();
  if (file.get() < 0) return FromErrno(errno, "open " + path);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return FromErrno(errno, "stat " + path);
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Error(Code::kFailedPrecondition, "installation_key_readable",
                 path + " can be used by others than its owner; run chmod 600 " + path);
  }
  std::string text(kFileBytesMax, '\0');
  const ssize_t size = ::read(file.get(), text.data(), text.size());
  if (size < 0) return FromErrno(errno, "read " + path);
  text.resize(static_cast<size_t>(size));
  if (text.ends_with('\n')) text.pop_back();
  return std::optional(std::move(text));
}

// Durably, unless somebody else was faster: then theirs stays.
Result<void> WriteKeyFile(const std::string& path, const std::string& text) {
  const std::string fresh = path + "." + crypto::RandomHex(8);
  {
    const Descriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file.get() < 0) return FromErrno(errno, "create " + fresh);
    const std::string line = text + "\n";
    const ssize_t size = ::write(file.get(), line.data(), line.size());
    if (size != static_cast<ssize_t>(line.size()) || ::fsync(file.get()) != 0) {
      const int error_number = errno;
      ::unlink(fresh.c_str());
      return FromErrno(error_number, "write " + fresh);
    }
  }
  const int linked = ::link(fresh.c_str(), path.c_str());
  const int error_number = errno;
  ::unlink(fresh.c_str());
  if (linked != 0 && error_number != EEXIST) return FromErrno(error_number, "create " + path);
  const size_t slash = path.rfind('/');
  const std::string folder = slash == path.npos ? "." : path.substr(0, slash + 1);
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) {
    return FromErrno(errno, "sync " + folder);
  }
  return Ok();
}

Result<InstallationKey> ParseKey(const std::string& path, const std::string& text) {
  auto bytes = HexDecode(text);
  if (!bytes || bytes->size() != kKeyBytes) {
    return Error(Code::kFailedPrecondition, "installation_key_invalid",
                 path + " does not hold 64 hexadecimal digits; restore it from a backup");
  }
  return InstallationKey(std::move(*bytes));
}

}  // namespace

InstallationKey::InstallationKey(std::string bytes) : bytes_(std::move(bytes)) {
  GANTRY_ASSERT(bytes_.size() == kKeyBytes);
}

InstallationKey::~InstallationKey() { crypto::Erase(bytes_); }

Result<InstallationKey> InstallationKey::Open(const std::string& path, db::Db& db) {
  TRY_ASSIGN(std::optional<std::string> text, ReadKeyFile(path));
  const bool made = !text;
  if (made) {
    // Before the file is there, whether one was: a new key would not open what the old one sealed.
    bool seen = false;
    TRY(db.Read([&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(const auto check, meta::FindSetting(tx, "installation_key_check"));
      seen = check.has_value();
      return Ok();
    }));
    if (seen) {
      return Error(Code::kFailedPrecondition, "installation_key_missing",
                   path +
                       " is not there, but the database holds secrets that were sealed with it;"
                       " restore it from a backup");
    }
    TRY(WriteKeyFile(path, crypto::RandomHex(kKeyBytes)));
    TRY_ASSIGN(text, ReadKeyFile(path));
    if (!text) return Internal("installation_key_missing", path + " has gone again");
  }
  TRY_ASSIGN(InstallationKey key, ParseKey(path, *text));
  const std::string check = HexEncode(key.Derive("check", "").substr(0, 8));
  std::string stored;
  TRY(db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(stored, meta::EnsureSetting(tx, "installation_key_check", check));
    return Ok();
  }));
  if (stored != check) {
    return Error(Code::kFailedPrecondition, "installation_key_differs",
                 path + " is not the key that this database's secrets are sealed with");
  }
  return key;
}

std::string InstallationKey::Seal(std::string_view place, std::string_view secret) const {
  return crypto::Encrypt(Derive("seal", ""), place, secret);
}

Result<std::string> InstallationKey::Unseal(std::string_view place, std::string_view sealed) const {
  auto secret = crypto::Decrypt(Derive("seal", ""), place, sealed);
  if (secret) return std::move(*secret);
  return Corruption("sealed_secret_damaged", "the secret of " + std::string(place) +
                                                 " does not open: it was changed, or sealed with "
                                                 "another key");
}

std::string InstallationKey::Derive(std::string_view purpose, std::string_view text) const {
  std::string message(purpose);
  message += '\0';
  message += text;
  return crypto::HmacSha256(bytes_, message);
}

}  // namespace gantry::auth
