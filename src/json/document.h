#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace gantry::json {

enum class Kind : uint8_t { kNull, kBool, kInt, kDouble, kString, kArray, kObject };
// As JSON Schema calls it: "integer" for kInt, "number" for kDouble.
std::string_view NameOf(Kind kind);

// What a document may be at most; beyond it, Parse refuses.
struct Limits {
  size_t bytes_max = 1 << 20;
  size_t depth_max = 32;        // of arrays and objects within each other
  size_t values_max = 100'000;  // keys count as values
};

// One value of a document as a tape keeps it: the value, then what it contains, in the order of the
// text; a member of an object is two values, its key (kString) and what belongs to it.
struct Node {
  union {
    int64_t integer;  // kInt; 0 or 1 for kBool; items or members for kArray and kObject
    double real;
    const char* text;
  };
  uint32_t length;  // of the text
  uint32_t span;    // nodes of this value with all it contains, this one included
  Kind kind;
};

class Items;
class Members;

// A value in a document, one pointer wide, to be passed by value; valid while the document lives.
// A default-made one is "not there" and false. Threads: any, it is read only.
class Value {
 public:
  Value() = default;
  explicit Value(const Node* node) : node_(node) {}

  explicit operator bool() const { return node_ != nullptr; }
  // REQUIRES (this and all below): it is there.
  Kind kind() const { return node_->kind; }
  bool IsNull() const { return kind() == Kind::kNull; }
  bool IsArray() const { return kind() == Kind::kArray; }
  bool IsObject() const { return kind() == Kind::kObject; }

  // nullopt when it is of another kind. A number that does not fit, or has a fraction or an
  // exponent, is no int64_t; every number is a double.
  std::optional<std::string_view> String() const;
  std::optional<int64_t> Int() const;
  std::optional<double> Double() const;
  std::optional<bool> Bool() const;

  // Items of an array or members of an object; 0 for the other kinds.
  size_t size() const;
  // The member of that name; not there for other kinds. O(members).
  Value Find(std::string_view key) const;
  // What to iterate over; empty for other kinds.
  json::Items Items() const;
  json::Members Members() const;

 private:
  const Node* node_ = nullptr;
};

// The items of an array: for (json::Value item : value.Items())
class Items {
 public:
  class Iterator {
   public:
    explicit Iterator(const Node* node) : node_(node) {}
    Value operator*() const { return Value(node_); }
    Iterator& operator++() {
      node_ += node_->span;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return node_ != other.node_; }

   private:
    const Node* node_;
  };

  Items(const Node* first, const Node* end) : first_(first), end_(end) {}
  Iterator begin() const { return Iterator(first_); }
  Iterator end() const { return Iterator(end_); }

 private:
  const Node* first_;
  const Node* end_;
};

struct Member {
  std::string_view key;
  Value value;
};

// The members of an object, in the order of the text: for (auto [key, value] : value.Members())
class Members {
 public:
  class Iterator {
   public:
    explicit Iterator(const Node* node) : node_(node) {}
    Member operator*() const {
      return {std::string_view(node_->text, node_->length), Value(node_ + 1)};
    }
    Iterator& operator++() {
      node_ += 1 + node_[1].span;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return node_ != other.node_; }

   private:
    const Node* node_;
  };

  Members(const Node* first, const Node* end) : first_(first), end_(end) {}
  Iterator begin() const { return Iterator(first_); }
  Iterator end() const { return Iterator(end_); }

 private:
  const Node* first_;
  const Node* end_;
};

// A parsed JSON text (RFC 8259), read only. Owns a copy of the text. Stricter than the RFC where it
// leaves doubt: an object with a key twice is refused, and so is text that is not UTF-8, a byte
// order mark, or anything but white space after the value.
// Threads: const methods from any thread.
class Document {
 public:
  // invalid_argument/json_invalid (with detail `offset`, in bytes), too_large/json_too_large.
  static Result<Document> Parse(std::string_view text, const Limits& limits = {});

  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  // Valid as long as the document, also when that is moved.
  Value root() const;

 private:
  struct Rep;
  explicit Document(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace gantry::json
