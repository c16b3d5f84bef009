#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/file_system.h"
#include "oci/digest.h"

// Where things are in the data folder (docs/internals/data_layout.md):
//
//   blobs/sha256/ab/abcd…   a blob, named by the hexadecimal digits of its digest; 256 directories
//   blobs/sha512/ab/abcd…
//   uploads/<id>            the bytes of an upload, 32 hexadecimal digits
//   quarantine/sha256-abcd… a blob whose bytes were found wrong
//   journal/<n>             small blobs that are not yet durable as files; fs/journal.h
//   tmp/<n>                 files on their way to their name; emptied at every start
namespace gantry::blob {

inline constexpr char kUploadsDirectory[] = "uploads";
inline constexpr char kQuarantineDirectory[] = "quarantine";
inline constexpr char kJournalDirectory[] = "journal";
inline constexpr char kTemporaryDirectory[] = "tmp";
inline constexpr int kFanOut = 256;

std::string AlgorithmDirectory(oci::Algorithm algorithm);
// `index` is the first byte of the hash.
std::string FanOutDirectory(oci::Algorithm algorithm, int index);
int FanOutIndex(const oci::Digest& digest);

std::string BlobPath(const oci::Digest& digest);
std::string QuarantinePath(const oci::Digest& digest);
std::string TemporaryPath(uint64_t number);
std::string JournalPath(int number);
// REQUIRES: IsUploadId(id)
std::string UploadPath(const std::string& id);

// Whether it is 32 lower-case hexadecimal digits.
bool IsUploadId(std::string_view text);
// The digest of a file found in a fan-out directory; nullopt: it is none of ours.
std::optional<oci::Digest> DigestOfName(oci::Algorithm algorithm, int index, std::string_view name);

// Makes what is missing of the directories, durably, and empties tmp/.
Result<void> PrepareLayout(io::FileSystem& fs);

}  // namespace gantry::blob
