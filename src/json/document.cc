#include "json/document.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <string>
#include <vector>

namespace gantry::json {
namespace {

// Up to this many members, comparing each with each is faster than sorting.
constexpr size_t kPairwiseMax = 16;

bool HasTwins(std::vector<std::string_view>& keys) {
  if (keys.size() > kPairwiseMax) {
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
  }
  for (size_t i = 1; i < keys.size(); ++i) {
    if (std::find(keys.begin(), keys.begin() + static_cast<ptrdiff_t>(i), keys[i]) !=
        keys.begin() + static_cast<ptrdiff_t>(i))
      return true;
  }
  return false;
}

// Lays the parser's events on a tape.
class TapeWriter {
 public:
  using Text = boost::json::string_view;
  using Status = boost::json::error_code;

  static constexpr size_t max_object_size = SIZE_MAX;
  static constexpr size_t max_array_size = SIZE_MAX;
  static constexpr size_t max_key_size = SIZE_MAX;
  static constexpr size_t max_string_size = SIZE_MAX;

  TapeWriter(std::string_view source, size_t values_max, std::vector<Node>& nodes,
             std::string& unescaped)
      : source_(source), values_max_(values_max), nodes_(nodes), unescaped_(unescaped) {}

  // Why it stopped, when that is not the parser's own reason; else nullptr.
  const char* problem() const { return problem_; }

  bool on_document_begin(Status&) { return true; }
  bool on_document_end(Status&) { return true; }
  bool on_array_begin(Status& ec) { return Open(Kind::kArray, ec); }
  bool on_object_begin(Status& ec) { return Open(Kind::kObject, ec); }
  bool on_array_end(size_t count, Status&) {
    Close(count);
    return true;
  }
  bool on_object_end(size_t count, Status& ec) {
    const size_t at = Close(count);
    return count < 2 || !HasDuplicates(at) || Stop("an object has the same key twice", ec);
  }
  bool on_string_part(Text part, size_t, Status&) { return AddPart(part); }
  bool on_key_part(Text part, size_t, Status&) { return AddPart(part); }
  bool on_string(Text last, size_t, Status& ec) { return AddText(last, ec); }
  bool on_key(Text last, size_t, Status& ec) { return AddText(last, ec); }
  bool on_number_part(Text part, Status&) {
    if (number_start_ == nullptr) number_start_ = part.data();
    return true;
  }
  bool on_int64(int64_t number, Text, Status& ec) {
    number_start_ = nullptr;
    return AddInt(Kind::kInt, number, ec);
  }
  bool on_uint64(uint64_t number, Text, Status& ec) {
    number_start_ = nullptr;
    return AddDouble(static_cast<double>(number), ec);  // above INT64_MAX only
  }
  bool on_double(double number, Text last, Status& ec) {
    // The parser's own number can be some units in the last place off.
    const char* start = number_start_ != nullptr ? number_start_ : last.data();
    number_start_ = nullptr;
    std::from_chars(start, last.data() + last.size(), number);
    return AddDouble(number, ec);
  }
  bool on_bool(bool value, Status& ec) { return AddInt(Kind::kBool, value ? 1 : 0, ec); }
  bool on_null(Status& ec) { return AddInt(Kind::kNull, 0, ec); }
  bool on_comment_part(Text, Status&) { return true; }
  bool on_comment(Text, Status&) { return true; }

 private:
  bool Stop(const char* problem, Status& ec) {
    problem_ = problem;
    ec = boost::json::error::exception;
    return false;
  }

  bool Add(const Node& node, Status& ec) {
    if (nodes_.size() >= values_max_) return Stop("the document has too many values", ec);
    nodes_.push_back(node);
    return true;
  }

  bool AddInt(Kind kind, int64_t number, Status& ec) {
    Node node;
    node.integer = number;
    node.length = 0;
    node.span = 1;
    node.kind = kind;
    return Add(node, ec);
  }

  bool AddDouble(double number, Status& ec) {
    Node node;
    node.real = number;
    node.length = 0;
    node.span = 1;
    node.kind = Kind::kDouble;
    return Add(node, ec);
  }

  // Unescaped text is never longer than the source, so one reservation keeps every pointer valid.
  bool AddPart(Text part) {
    if (unescaped_.capacity() < source_.size()) unescaped_.reserve(source_.size());
    if (!in_parts_) parts_start_ = unescaped_.size();
    in_parts_ = true;
    unescaped_.append(part.data(), part.size());
    return true;
  }

  bool InSource(Text text) const {
    return std::less_equal<>()(source_.data(), text.data()) &&
           std::less_equal<>()(text.data() + text.size(), source_.data() + source_.size());
  }

  bool AddText(Text last, Status& ec) {
    Node node;
    node.span = 1;
    node.kind = Kind::kString;
    if (!in_parts_ && InSource(last)) {
      node.text = last.data();
      node.length = static_cast<uint32_t>(last.size());
      return Add(node, ec);
    }
    AddPart(last);
    in_parts_ = false;
    node.text = unescaped_.data() + parts_start_;
    node.length = static_cast<uint32_t>(unescaped_.size() - parts_start_);
    return Add(node, ec);
  }

  bool Open(Kind kind, Status& ec) {
    open_.push_back(nodes_.size());
    return AddInt(kind, 0, ec);
  }

  // Returns where the container is.
  size_t Close(size_t count) {
    const size_t at = open_.back();
    open_.pop_back();
    nodes_[at].integer = static_cast<int64_t>(count);
    nodes_[at].span = static_cast<uint32_t>(nodes_.size() - at);
    return at;
  }

  bool HasDuplicates(size_t object) {
    keys_.clear();
    for (const auto member : Value(&nodes_[object]).Members()) keys_.push_back(member.key);
    return HasTwins(keys_);
  }

  const std::string_view source_;
  const size_t values_max_;
  std::vector<Node>& nodes_;
  std::string& unescaped_;
  const char* number_start_ = nullptr;  // of a number that comes in parts
  size_t parts_start_ = 0;
  bool in_parts_ = false;
  std::vector<size_t> open_;
  std::vector<std::string_view> keys_;
  const char* problem_ = nullptr;
};

Error TooLarge(size_t bytes, size_t bytes_max) {
  return Error(Code::kTooLarge, "json_too_large",
               "the JSON document has " + std::to_string(bytes) + " bytes; at most " +
                   std::to_string(bytes_max) + " are allowed");
}

Error Invalid(const std::string& problem, size_t offset) {
  return InvalidArgument("json_invalid", "the JSON document is not valid at byte " +
                                             std::to_string(offset) + ": " + problem)
      .With("offset", std::to_string(offset));
}

}  // namespace

struct Document::Rep {
  std::string text;
  std::string unescaped;
  std::vector<Node> nodes;
};

Document::Document(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Value Document::root() const { return Value(rep_->nodes.data()); }

Result<Document> Document::Parse(std::string_view text, const Limits& limits) {
  if (text.size() > std::min<size_t>(limits.bytes_max, UINT32_MAX))
    return TooLarge(text.size(), limits.bytes_max);
  auto rep = std::make_unique<Rep>();
  rep->text = text;
  rep->nodes.reserve(std::min(text.size() / 16 + 8, limits.values_max));

  boost::json::parse_options options;
  options.max_depth = limits.depth_max;
  boost::json::basic_parser<TapeWriter> parser(options, rep->text, limits.values_max, rep->nodes,
                                               rep->unescaped);
  boost::json::error_code ec;
  const size_t parsed = parser.write_some(false, rep->text.data(), rep->text.size(), ec);
  if (const char* problem = parser.handler().problem()) return Invalid(problem, parsed);
  if (ec == boost::json::error::too_deep)
    return Invalid("it is nested more than " + std::to_string(limits.depth_max) + " deep", parsed);
  if (ec) return Invalid(ec.message(), parsed);
  if (parsed < text.size()) return Invalid("something stands after the end", parsed);
  return Document(std::move(rep));
}

std::string_view NameOf(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return "boolean";
    case Kind::kInt:
      return "integer";
    case Kind::kDouble:
      return "number";
    case Kind::kString:
      return "string";
    case Kind::kArray:
      return "array";
    case Kind::kObject:
      break;
  }
  return "object";
}

}  // namespace gantry::json
