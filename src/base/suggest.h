#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gantry {

// The candidate that `word` most likely was meant to be: the one with the smallest edit distance
// (insert, delete, replace, swap of neighbours), if that is at most a third of the word's length
// (at least 1, at most 4). nullopt when none is that near. Longer words than 64 bytes have none.
std::optional<std::string> Nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace gantry
