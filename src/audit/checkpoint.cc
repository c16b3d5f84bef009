#include "audit/checkpoint.h"

#include "audit/padded.h"
#include "base/assert.h"
#include "base/encoding.h"
#include "crypto/hash.h"

namespace gantry::audit {
namespace {

constexpr size_t kTextSize = 118;  // of a line up to the blank before the signature

std::string TextOf(const Checkpoint& checkpoint) {
  const std::string kind = checkpoint.kind == Checkpoint::Kind::kHead ? "checkpoint" : "removed   ";
  return kind + " " + Padded(checkpoint.sequence) + " " +
         Padded(static_cast<uint64_t>(checkpoint.time.micros)) + " " + HexEncode(checkpoint.hash) +
         " ";
}

std::string SignedText(std::string_view text, std::string_view previous_line) {
  return "gantry audit checkpoint\n" + std::string(text) + HexEncode(crypto::Sha256(previous_line));
}

}  // namespace

std::string SignCheckpoint(const Checkpoint& checkpoint, std::string_view previous_line,
                           const SigningKey& key) {
  std::string line = TextOf(checkpoint);
  GANTRY_ASSERT(line.size() == kTextSize);
  line += HexEncode(key.Sign(SignedText(line, previous_line)));
  return line + "\n";
}

std::optional<Checkpoint> VerifyCheckpoint(std::string_view line, std::string_view previous_line,
                                           std::string_view public_key) {
  if (line.size() != kCheckpointLineSize) return std::nullopt;
  Checkpoint checkpoint;
  if (line.substr(0, 10) != "checkpoint") checkpoint.kind = Checkpoint::Kind::kRemoved;
  const auto sequence = ParsePadded(line.substr(11, 20));
  const auto time = ParsePadded(line.substr(32, 20));
  const auto hash = HexDecode(line.substr(53, 64));
  const auto signature = HexDecode(line.substr(kTextSize, 128));
  if (!sequence || !time || !hash || !signature || line.back() != '\n') return std::nullopt;
  checkpoint.sequence = *sequence;
  checkpoint.time = {static_cast<int64_t>(*time)};
  checkpoint.hash = *hash;
  const std::string text = TextOf(checkpoint);
  if (text != line.substr(0, kTextSize)) return std::nullopt;
  if (!IsSignedBy(public_key, SignedText(text, previous_line), *signature)) return std::nullopt;
  return checkpoint;
}

}  // namespace gantry::audit
