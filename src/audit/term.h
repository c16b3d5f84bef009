#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "audit/record.h"

namespace gantry::audit {

// A 64-bit hash of a text of one field, stored in index files: it never changes. Not for secrets:
// two texts with the same hash can be made, so whoever finds a record by it compares the text.
uint64_t TermHash(Field field, std::string_view text);
uint64_t TermHash(Outcome outcome);

// Tells damage in an index file, not tampering. As TermHash it never changes.
uint64_t Checksum(std::string_view bytes);

// What the index knows of a record: the fields that are searched for, and the outcome.
inline constexpr std::array<Field, 5> kIndexedFields = {
    Field::kAction, Field::kAccount, Field::kPrincipal, Field::kRepository, Field::kDigest};
inline constexpr size_t kTermCount = kIndexedFields.size() + 1;
// One for each indexed field, then the outcome; 0: the field is empty.
using TermHashes = std::array<uint64_t, kTermCount>;

}  // namespace gantry::audit
