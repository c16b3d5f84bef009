#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "base/assert.h"
#include "base/error.h"

namespace gantry {

// A value or an Error. Absence is never an Error: a lookup returns Result<std::optional<T>> when
// "not there" is an ordinary answer (design, invariant 4: there, not there, error).
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return state_.index() == 0; }

  // REQUIRES: ok()
  T& value() & {
    GANTRY_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    GANTRY_ASSERT(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    GANTRY_ASSERT(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // REQUIRES: !ok()
  const Error& error() const& {
    GANTRY_ASSERT(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    GANTRY_ASSERT(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return !error_.has_value(); }

  // REQUIRES: !ok()
  const Error& error() const& {
    GANTRY_ASSERT(!ok());
    return *error_;
  }
  Error&& error() && {
    GANTRY_ASSERT(!ok());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

inline Result<void> Ok() { return {}; }

}  // namespace gantry

#define GANTRY_CONCAT_INNER(a, b) a##b
#define GANTRY_CONCAT(a, b) GANTRY_CONCAT_INNER(a, b)

// TRY(expression): returns the error of a Result from the enclosing function.
#define TRY(expression) TRY_INNER(GANTRY_CONCAT(gantry_try_, __COUNTER__), expression)
#define TRY_INNER(result, expression)                   \
  do {                                                  \
    auto result = (expression);                         \
    if (!result.ok()) return std::move(result).error(); \
  } while (false)

// TRY_ASSIGN(auto x, expression): binds the value, or returns the error.
#define TRY_ASSIGN(declaration, expression) \
  TRY_ASSIGN_INNER(GANTRY_CONCAT(gantry_try_, __COUNTER__), declaration, expression)
#define TRY_ASSIGN_INNER(result, declaration, expression) \
  auto result = (expression);                             \
  if (!result.ok()) return std::move(result).error();     \
  declaration = std::move(result).value()
