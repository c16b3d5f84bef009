#include "server/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <set>
#include <sstream>
#include <utility>

#include "json/writer.h"

namespace gantry::server {
namespace {

constexpr size_t kBytesMax = 1 << 20;
constexpr size_t kEntriesMax = 1000;
constexpr int kDepthMax = 8;
constexpr int kJsonDepthMax = 32;
constexpr int kJsonValuesMax = 10'000;

Error BadYaml(int line, const std::string& what) {
  return InvalidArgument("bad_yaml", "line " + std::to_string(line) + ": " + what);
}

int LineOf(const YAML::Node& node) { return node.Mark().line + 1; }

Result<void> ReadRow(const YAML::Node& node, YamlEntry& entry) {
  YamlRow row;
  row.line = LineOf(node);
  if (!node.IsMap()) return BadYaml(row.line, "\"" + entry.path + "\" mixes values and mappings");
  for (const auto& pair : node) {
    const int line = LineOf(pair.first);
    if (!pair.first.IsScalar() || !pair.second.IsScalar())
      return BadYaml(line, "\"" + entry.path + "\" must be a list of mappings of plain values");
    if (!row.values.emplace(pair.first.Scalar(), pair.second.Scalar()).second)
      return BadYaml(line, "\"" + pair.first.Scalar() + "\" stands here twice");
  }
  entry.rows.push_back(std::move(row));
  return Ok();
}

Result<void> ReadList(const YAML::Node& node, YamlEntry& entry) {
  const bool rows = node.size() > 0 && node[0].IsMap();
  entry.kind = rows ? YamlEntry::Kind::kRows : YamlEntry::Kind::kList;
  for (const YAML::Node& item : node) {
    if (entry.list.size() + entry.rows.size() >= kEntriesMax)
      return BadYaml(entry.line, "\"" + entry.path + "\" has more than 1000 values");
    if (rows) {
      TRY(ReadRow(item, entry));
      continue;
    }
    if (!item.IsScalar())
      return BadYaml(LineOf(item), "\"" + entry.path + "\" must be a list of plain values");
    entry.list.push_back(item.Scalar());
  }
  return Ok();
}

class Walker {
 public:
  Result<void> Walk(const YAML::Node& map, const std::string& prefix, int depth) {
    if (depth > kDepthMax) return BadYaml(LineOf(map), "nested more than 8 levels deep");
    std::set<std::string> seen;
    for (const auto& pair : map) {
      if (entries_.size() >= kEntriesMax)
        return BadYaml(LineOf(pair.first), "more than 1000 entries");
      if (!pair.first.IsScalar()) return BadYaml(LineOf(pair.first), "a key must be plain text");
      YamlEntry entry;
      entry.path = prefix + pair.first.Scalar();
      entry.line = LineOf(pair.first);
      if (!seen.insert(pair.first.Scalar()).second)
        return BadYaml(entry.line, "\"" + entry.path + "\" stands here twice");
      TRY(Add(std::move(entry), pair.second, depth));
    }
    return Ok();
  }

  std::vector<YamlEntry> Take() { return std::move(entries_); }

 private:
  Result<void> Add(YamlEntry entry, const YAML::Node& value, int depth) {
    if (value.IsMap()) {
      const std::string prefix = entry.path + ".";
      entry.kind = YamlEntry::Kind::kSection;
      entries_.push_back(std::move(entry));
      return Walk(value, prefix, depth + 1);
    }
    if (value.IsSequence()) {
      TRY(ReadList(value, entry));
    } else if (value.IsScalar()) {
      entry.scalar = value.Scalar();
    } else {
      entry.kind = YamlEntry::Kind::kEmpty;
    }
    entries_.push_back(std::move(entry));
    return Ok();
  }

  std::vector<YamlEntry> entries_;
};

// Writes a node with all it contains; `values` counts them, aliases each time they are met.
Result<void> WriteJson(const YAML::Node& node, int depth, int& values, json::Writer& writer) {
  if (depth > kJsonDepthMax || ++values > kJsonValuesMax)
    return BadYaml(LineOf(node), "more than 10,000 values, or nested more than 32 levels deep");
  if (node.IsMap()) {
    std::set<std::string> seen;
    writer.BeginObject();
    for (const auto& pair : node) {
      if (!pair.first.IsScalar()) return BadYaml(LineOf(pair.first), "a key must be plain text");
      if (!seen.insert(pair.first.Scalar()).second)
        return BadYaml(LineOf(pair.first), "\"" + pair.first.Scalar() + "\" stands here twice");
      writer.Key(pair.first.Scalar());
      TRY(WriteJson(pair.second, depth + 1, values, writer));
    }
    writer.EndObject();
  } else if (node.IsSequence()) {
    writer.BeginArray();
    for (const YAML::Node& item : node) TRY(WriteJson(item, depth + 1, values, writer));
    writer.EndArray();
  } else if (!node.IsScalar()) {
    writer.Null();
  } else if (node.Tag() == "?" && (node.Scalar() == "true" || node.Scalar() == "false")) {
    writer.Bool(node.Scalar() == "true");
  } else {
    writer.String(node.Scalar());
  }
  return Ok();
}

// Hears where documents begin, and nothing else.
class DocumentStarts final : public YAML::EventHandler {
 public:
  YAML::Mark last;

  void OnDocumentStart(const YAML::Mark& mark) override { last = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// No more than two documents are asked for: before a "," that stands where none can, yaml-cpp finds
// empty ones for ever.
Result<void> CheckOneDocument(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStarts starts;
  if (!parser.HandleNextDocument(starts)) return Ok();
  const YAML::Mark first = starts.last;
  if (!parser.HandleNextDocument(starts)) return Ok();
  if (starts.last.pos == first.pos)
    return BadYaml(first.line + 1, "a value cannot begin like this");
  return InvalidArgument("bad_yaml", "the file holds more than one document (---)");
}

}  // namespace

Result<std::vector<YamlEntry>> ReadYaml(std::string_view text) {
  if (text.size() > kBytesMax)
    return InvalidArgument("bad_yaml", "the configuration is larger than 1 MiB");
  try {
    const std::string document(text);
    TRY(CheckOneDocument(document));
    const YAML::Node root = YAML::Load(document);
    if (root.IsNull()) return std::vector<YamlEntry>{};
    if (!root.IsMap()) return BadYaml(LineOf(root), "the file must be a mapping, \"key: value\"");
    Walker walker;
    TRY(walker.Walk(root, "", 1));
    return walker.Take();
  } catch (const YAML::Exception& exception) {
    return BadYaml(exception.mark.line + 1, exception.msg);
  }
}

Result<std::string> YamlAsJson(std::string_view text) {
  if (text.size() > kBytesMax) return InvalidArgument("bad_yaml", "the file is larger than 1 MiB");
  try {
    const std::string document(text);
    TRY(CheckOneDocument(document));
    std::string json_text;
    json::Writer writer(json_text);
    int values = 0;
    TRY(WriteJson(YAML::Load(document), 0, values, writer));
    return json_text;
  } catch (const YAML::Exception& exception) {
    return BadYaml(exception.mark.line + 1, exception.msg);
  }
}

}  // namespace gantry::server
