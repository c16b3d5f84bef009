#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace gantry {

// A regular expression of RE2's syntax, compiled. Matching is linear in the text: there is no
// backtracking, so that patterns of others can be run. Movable; threads: const methods from any.
class Regex {
 public:
  // `memory_max` bounds the compiled form, in bytes. invalid_argument/regex_invalid: another
  // syntax, or too large.
  static Result<Regex> Compile(std::string_view pattern, int64_t memory_max = 1 << 20);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  // The whole text, not a part of it.
  bool Matches(std::string_view text) const;

 private:
  struct Rep;
  explicit Regex(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace gantry
