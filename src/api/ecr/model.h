#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/regex.h"
#include "base/result.h"
#include "json/document.h"
#include "json/writer.h"

namespace gantry::api::ecr {

// model.json as a text: ECR's model of what its operations take, made by tests/ecr/model.py.
std::string_view ModelText();

// What a value of the model must be. Texts count in code points, blobs in bytes once decoded.
struct Shape {
  enum class Type : uint8_t { kStructure, kList, kString, kInteger, kBoolean, kBlob };
  struct Member {
    std::string name;
    const Shape* shape;
    bool required;
  };

  Type type = Type::kString;
  std::vector<Member> members;           // of a structure
  const Shape* item = nullptr;           // of a list
  std::optional<int64_t> min, max;       // of a length or number
  std::optional<Regex> regex;            // of a text
  std::string pattern;                   // as the model writes it
  std::vector<std::string> enumeration;  // of a text; empty: any
};

// The inputs of all operations. Lives at one address; threads: const methods from any.
class Model {
 public:
  // Of a text that is one (GANTRY_ASSERT): it is part of the program.
  explicit Model(std::string_view text = ModelText());
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  // The input of an operation; nullptr: there is no such operation.
  const Shape* InputOf(std::string_view operation) const;
  // REQUIRES: the model has it.
  const Shape& Get(std::string_view shape) const;

  // Whether the value is what the shape says; a null counts as absent, and members that the shape
  // does not have are passed over. invalid_argument/parameter_invalid with ECR's sentence
  // ("Invalid parameter at 'x' failed to satisfy constraint: '…'"); invalid_argument/body_invalid
  // for a value of another type.
  static Result<void> Check(const Shape& shape, json::Value value);

  // The value without what the shape does not have. REQUIRES: Check is satisfied.
  static void Copy(const Shape& shape, json::Value value, json::Writer& writer);

 private:
  std::map<std::string, Shape, std::less<>> shapes_;
  std::map<std::string, const Shape*, std::less<>> inputs_;
};

// ECR's sentence.
Error ParameterInvalid(std::string_view parameter, std::string_view constraint);

}  // namespace gantry::api::ecr
