#include "crypto/password.h"

#include <argon2.h>

#include <optional>
#include <vector>

#include "base/assert.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace gantry::crypto {
namespace {

constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;
constexpr size_t kPhcBytesMax = 256;
constexpr uint32_t kMemoryKibMax = 256 * 1024;
constexpr uint32_t kPassesMax = 16;
constexpr uint32_t kLanesMax = 16;

// A PHC string taken apart.
struct Parsed {
  PasswordCost cost;
  std::string salt;
  std::string hash;
};

// Base64 of PHC strings has no padding.
std::optional<std::string> DecodeUnpadded(std::string_view text) {
  std::string padded(text);
  while (padded.size() % 4 != 0) padded += '=';
  return Base64Decode(padded);
}

std::string EncodeUnpadded(std::string_view bytes) {
  std::string text = Base64Encode(bytes);
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

// Takes "NAME=NUMBER", up to `end`, from the front of `text`; nullopt unless 1 <= number <= max.
std::optional<uint32_t> TakeNumber(std::string_view& text, std::string_view name, char end,
                                   uint32_t max) {
  const size_t at = text.find(end);
  if (at == text.npos || !text.starts_with(name)) return std::nullopt;
  const auto number = ParseDecimal(text.substr(name.size(), at - name.size()));
  text.remove_prefix(at + 1);
  if (!number || *number < 1 || *number > max) return std::nullopt;
  return static_cast<uint32_t>(*number);
}

std::optional<Parsed> ParsePhc(std::string_view text) {
  constexpr std::string_view kPrefix = "$argon2id$v=19$";
  if (text.size() > kPhcBytesMax || !text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  const auto memory = TakeNumber(text, "m=", ',', kMemoryKibMax);
  const auto passes = memory ? TakeNumber(text, "t=", ',', kPassesMax) : std::nullopt;
  const auto lanes = passes ? TakeNumber(text, "p=", '$', kLanesMax) : std::nullopt;
  if (!lanes || *memory < 8 * *lanes) return std::nullopt;
  const size_t dollar = text.find('$');
  if (dollar == text.npos) return std::nullopt;
  auto salt = DecodeUnpadded(text.substr(0, dollar));
  auto hash = DecodeUnpadded(text.substr(dollar + 1));
  if (!salt || salt->size() < 8 || !hash || hash->size() < 16 || hash->size() > 64) {
    return std::nullopt;
  }
  return Parsed{{*memory, *passes, *lanes}, std::move(*salt), std::move(*hash)};
}

std::string Argon2id(const PasswordCost& cost, std::string_view password, std::string_view salt,
                     size_t size) {
  std::string hash(size, '\0');
  const int code = argon2id_hash_raw(cost.passes, cost.memory_kib, cost.lanes, password.data(),
                                     password.size(), salt.data(), salt.size(), hash.data(), size);
  GANTRY_ASSERT(code == ARGON2_OK);  // the arguments are in range; else there is no memory
  return hash;
}

bool IsWeaker(const Parsed& parsed, const PasswordCost& cost) {
  return parsed.cost.memory_kib < cost.memory_kib || parsed.cost.passes < cost.passes ||
         parsed.hash.size() < kHashBytes || parsed.salt.size() < kSaltBytes;
}

}  // namespace

Result<std::string> PasswordHasher::Hash(std::string_view password) {
  if (password.size() > kPasswordBytesMax) {
    return InvalidArgument("password_too_long",
                           "the password has " + std::to_string(password.size()) +
                               " bytes; the most is " + std::to_string(kPasswordBytesMax));
  }
  TRY(Enter());
  const Permit permit(*this);
  const PasswordCost& cost = options_.cost;
  const std::string salt = RandomBytes(kSaltBytes);
  computations_ += 1;
  const std::string hash = Argon2id(cost, password, salt, kHashBytes);
  return "$argon2id$v=19$m=" + std::to_string(cost.memory_kib) +
         ",t=" + std::to_string(cost.passes) + ",p=" + std::to_string(cost.lanes) + "$" +
         EncodeUnpadded(salt) + "$" + EncodeUnpadded(hash);
}

Result<PasswordCheck> PasswordHasher::Check(std::string_view password, const std::string& hash) {
  TRY(Enter());
  const Permit permit(*this);
  const auto parsed = ParsePhc(hash);
  const bool usable = parsed && password.size() <= kPasswordBytesMax;
  // Without a usable hash the work is done all the same, for nothing.
  const PasswordCost& cost = usable ? parsed->cost : options_.cost;
  const std::string salt = usable ? parsed->salt : std::string(kSaltBytes, '\0');
  computations_ += 1;
  const std::string computed = Argon2id(cost, password.substr(0, kPasswordBytesMax), salt,
                                        usable ? parsed->hash.size() : kHashBytes);
  PasswordCheck check;
  check.matches = usable && ConstantTimeEquals(computed, parsed->hash);
  check.weaker = usable && IsWeaker(*parsed, options_.cost);
  return check;
}

Result<void> PasswordHasher::Enter() {
  MutexLock lock(mutex_);
  if (running_ >= options_.at_once) {
    if (waiting_ >= options_.waiting_max) {
      return Error(Code::kResourceExhausted, "too_many_logins",
                   "too many passwords are being checked; try again");
    }
    waiting_ += 1;
    while (running_ >= options_.at_once) left_.Wait(mutex_);
    waiting_ -= 1;
  }
  running_ += 1;
  return Ok();
}

void PasswordHasher::Leave() {
  {
    MutexLock lock(mutex_);
    running_ -= 1;
  }
  left_.SignalOne();
}

}  // namespace gantry::crypto
