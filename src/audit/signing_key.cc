#include "audit/signing_key.h"

#include <sys/stat.h>

#include <cerrno>
#include <optional>

#include "base/encoding.h"

namespace gantry::audit {
namespace {

using crypto::SignatureAlgorithm;

constexpr const char* kName = "key.pem";
constexpr const char* kNewName = "key.pem.new";
constexpr std::string_view kBegin = "-----BEGIN PRIVATE KEY-----\n";
constexpr std::string_view kEnd = "\n-----END PRIVATE KEY-----\n";
constexpr size_t kPemMax = 4096;

std::string ToPem(const crypto::PrivateKey& key) {
  return std::string(kBegin) + Base64Encode(key.Der()) + std::string(kEnd);
}

// nullopt: `pem` is not what ToPem makes.
std::optional<crypto::PrivateKey> FromPem(std::string_view pem) {
  if (pem.size() < kBegin.size() + kEnd.size()) return std::nullopt;
  const auto der =
      Base64Decode(pem.substr(kBegin.size(), pem.size() - kBegin.size() - kEnd.size()));
  if (!der) return std::nullopt;
  auto key = crypto::PrivateKey::FromDer(*der);
  if (!key.ok() || key->algorithm() != SignatureAlgorithm::kEdDsa || ToPem(*key) != pem)
    return std::nullopt;
  return *std::move(key);
}

}  // namespace

Result<SigningKey> SigningKey::Load(io::FileSystem& fs) {
  TRY_ASSIGN(const auto file, fs.Open(kName, io::OpenMode::kRead));
  if (!file) return NotFound("audit_key_missing", "there is no key.pem in the audit folder");
  std::string pem;
  TRY((*file)->ReadAt(0, kPemMax, pem));
  auto key = FromPem(pem);
  if (!key)
    return Corruption("audit_key_invalid",
                      "the audit log's key.pem is not an Ed25519 key in PEM form; restore it from "
                      "a backup, or move the whole audit folder away to begin a new log");
  return SigningKey(*std::move(key));
}

Result<SigningKey> SigningKey::LoadOrCreate(io::FileSystem& fs) {
  auto loaded = Load(fs);
  if (loaded.ok() || loaded.error().code() != Code::kNotFound) return loaded;
  crypto::PrivateKey key = crypto::PrivateKey::Generate(SignatureAlgorithm::kEdDsa);
  TRY(fs.Remove(kNewName));
  TRY_ASSIGN(const auto file, fs.Create(kNewName));
  constexpr mode_t kOwnerOnly = 0600;
  if (file->fd() >= 0 && fchmod(file->fd(), kOwnerOnly) != 0)
    return FromErrno(errno, "fchmod of the audit log's key");
  TRY(file->WriteAt(0, ToPem(key)));
  TRY(file->SyncData());
  TRY(fs.Rename(kNewName, kName));
  TRY(fs.SyncDirectory(""));
  return SigningKey(std::move(key));
}

bool IsSignedBy(std::string_view public_key, std::string_view message, std::string_view signature) {
  const auto key =
      crypto::PublicKey::FromNumbers({SignatureAlgorithm::kEdDsa, std::string(public_key), ""});
  return key.ok() && key->Verify(message, signature);
}

}  // namespace gantry::audit
