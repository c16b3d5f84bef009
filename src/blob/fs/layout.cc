#include "blob/fs/layout.h"

#include "base/assert.h"
#include "base/encoding.h"

namespace gantry::blob {
namespace {

constexpr oci::Algorithm kAlgorithms[] = {oci::Algorithm::kSha256, oci::Algorithm::kSha512};
constexpr size_t kUploadIdDigits = 32;

std::string TwoDigits(int index) { return HexEncode(std::string(1, static_cast<char>(index))); }

}  // namespace

std::string AlgorithmDirectory(oci::Algorithm algorithm) {
  return "blobs/" + std::string(oci::AlgorithmName(algorithm));
}

std::string FanOutDirectory(oci::Algorithm algorithm, int index) {
  return AlgorithmDirectory(algorithm) + "/" + TwoDigits(index);
}

int FanOutIndex(const oci::Digest& digest) {
  const auto first = HexDecode(digest.hex().substr(0, 2));
  GANTRY_ASSERT(first.has_value());
  return static_cast<unsigned char>(first->front());
}

std::string BlobPath(const oci::Digest& digest) {
  std::string path = AlgorithmDirectory(digest.algorithm());
  path.append("/").append(digest.hex().substr(0, 2)).append("/").append(digest.hex());
  return path;
}

std::string QuarantinePath(const oci::Digest& digest) {
  std::string path = kQuarantineDirectory;
  path.append("/").append(oci::AlgorithmName(digest.algorithm())).append("-").append(digest.hex());
  return path;
}

std::string TemporaryPath(uint64_t number) {
  return std::string(kTemporaryDirectory) + "/" + std::to_string(number);
}

std::string JournalPath(int number) {
  return std::string(kJournalDirectory) + "/" + std::to_string(number);
}

std::string UploadPath(const std::string& id) {
  GANTRY_ASSERT(IsUploadId(id));
  return std::string(kUploadsDirectory) + "/" + id;
}

bool IsUploadId(std::string_view text) {
  return text.size() == kUploadIdDigits && HexDecode(text).has_value();
}

std::optional<oci::Digest> DigestOfName(oci::Algorithm algorithm, int index,
                                        std::string_view name) {
  std::string text(oci::AlgorithmName(algorithm));
  text.append(":").append(name);
  auto digest = oci::Digest::Parse(text);
  if (!digest.ok() || FanOutIndex(*digest) != index) return std::nullopt;
  return *std::move(digest);
}

Result<void> PrepareLayout(io::FileSystem& fs) {
  bool made_any = false;
  const auto make = [&](const std::string& directory) -> Result<void> {
    TRY_ASSIGN(const bool made, fs.MakeDirectory(directory));
    made_any = made_any || made;
    return Ok();
  };
  for (const char* directory :
       {"blobs", kUploadsDirectory, kQuarantineDirectory, kJournalDirectory, kTemporaryDirectory}) {
    TRY(make(directory));
  }
  for (const oci::Algorithm algorithm : kAlgorithms) {
    TRY(make(AlgorithmDirectory(algorithm)));
    for (int index = 0; index < kFanOut; ++index) TRY(make(FanOutDirectory(algorithm, index)));
  }
  if (made_any) {
    for (const oci::Algorithm algorithm : kAlgorithms)
      TRY(fs.SyncDirectory(AlgorithmDirectory(algorithm)));
    TRY(fs.SyncDirectory("blobs"));
    TRY(fs.SyncDirectory(""));
  }
  TRY_ASSIGN(const auto leftovers, fs.List(kTemporaryDirectory));
  for (const std::string& name : leftovers)
    TRY(fs.Remove(std::string(kTemporaryDirectory) + "/" + name));
  return Ok();
}

}  // namespace gantry::blob
