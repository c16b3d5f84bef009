#include "base/regex.h"

#include <re2/re2.h>

#include <string>
#include <utility>

namespace gantry {
namespace {

re2::StringPiece PieceOf(std::string_view text) { return {text.data(), text.size()}; }

re2::RE2::Options OptionsOf(int64_t memory_max) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(memory_max);
  return options;
}

}  // namespace

struct Regex::Rep {
  Rep(std::string_view pattern, int64_t memory_max)
      : compiled(PieceOf(pattern), OptionsOf(memory_max)) {}
  re2::RE2 compiled;
};

Regex::Regex(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

Result<Regex> Regex::Compile(std::string_view pattern, int64_t memory_max) {
  auto rep = std::make_unique<Rep>(pattern, memory_max);
  if (rep->compiled.ok()) return Regex(std::move(rep));
  return InvalidArgument("regex_invalid",
                         "the regular expression cannot be used: " + rep->compiled.error());
}

bool Regex::Matches(std::string_view text) const {
  return re2::RE2::FullMatch(PieceOf(text), rep_->compiled);
}

}  // namespace gantry
