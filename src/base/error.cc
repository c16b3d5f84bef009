#include "base/error.h"

#include <cerrno>
#include <system_error>

namespace gantry {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return "invalid_argument";
    case Code::kUnauthenticated:
      return "unauthenticated";
    case Code::kPermissionDenied:
      return "permission_denied";
    case Code::kNotFound:
      return "not_found";
    case Code::kAlreadyExists:
      return "already_exists";
    case Code::kFailedPrecondition:
      return "failed_precondition";
    case Code::kConflict:
      return "conflict";
    case Code::kOutOfRange:
      return "out_of_range";
    case Code::kTooLarge:
      return "too_large";
    case Code::kResourceExhausted:
      return "resource_exhausted";
    case Code::kUnsupported:
      return "unsupported";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kDeadlineExceeded:
      return "deadline_exceeded";
    case Code::kCancelled:
      return "cancelled";
    case Code::kCorruption:
      return "corruption";
    case Code::kInternal:
      return "internal";
  }
  return "internal";
}

Error::Error(Code code, const char* reason, std::string message)
    : rep_(new Rep{code, reason, std::move(message), {}}) {}

Error::Error(const Error& other) : rep_(new Rep(*other.rep_)) {}

Error& Error::operator=(const Error& other) {
  if (this != &other) rep_ = std::make_unique<Rep>(*other.rep_);
  return *this;
}

Error Error::With(std::string key, std::string value) && {
  rep_->detail.emplace_back(std::move(key), std::move(value));
  return std::move(*this);
}

Error Error::In(std::string_view context) && {
  rep_->message.insert(0, std::string(context) + ": ");
  return std::move(*this);
}

std::string Error::ToString() const {
  std::string text(CodeName(code()));
  text += '/';
  text += reason();
  text += ": ";
  text += message();
  for (const auto& [key, value] : detail()) text += " " + key + "=" + value;
  return text;
}

Error InvalidArgument(const char* reason, std::string message) {
  return Error(Code::kInvalidArgument, reason, std::move(message));
}
Error NotFound(const char* reason, std::string message) {
  return Error(Code::kNotFound, reason, std::move(message));
}
Error Internal(const char* reason, std::string message) {
  return Error(Code::kInternal, reason, std::move(message));
}
Error Unavailable(const char* reason, std::string message) {
  return Error(Code::kUnavailable, reason, std::move(message));
}
Error Corruption(const char* reason, std::string message) {
  return Error(Code::kCorruption, reason, std::move(message));
}

Error FromErrno(int error_number, std::string_view what) {
  std::string message(what);
  message += ": " + std::generic_category().message(error_number);
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
      return Error(Code::kResourceExhausted, "disk_full", std::move(message));
    case EMFILE:
    case ENFILE:
      return Error(Code::kResourceExhausted, "too_many_open_files", std::move(message));
    case ENOENT:
      return Error(Code::kNotFound, "no_such_file", std::move(message));
    case EEXIST:
      return Error(Code::kAlreadyExists, "file_exists", std::move(message));
    case EIO:
      return Error(Code::kCorruption, "io_error", std::move(message));
    default:
      return Error(Code::kInternal, "system_error", std::move(message));
  }
}

}  // namespace gantry
