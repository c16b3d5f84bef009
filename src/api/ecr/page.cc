#include "api/ecr/page.h"

#include "base/encoding.h"

namespace gantry::api::ecr {
namespace {

// What a token holds for: everything that says which list it is.
std::string PlaceOf(const Call& call) {
  std::string place =
      "ecr page/" + std::string(call.operation.name) + "/" + std::string(call.account.text()) + "/";
  for (const Shape::Member& member : call.shape.members) {
    if (member.name == "nextToken" || member.name == "maxResults") continue;
    const json::Value value = call.Find(member.name);
    if (!value) continue;
    place += member.name + "=";
    json::Writer writer(place);
    Model::Copy(*member.shape, value, writer);
  }
  return place;
}

}  // namespace

int64_t PageSize(const Call& call, int64_t fallback) {
  const json::Value wanted = call.Find("maxResults");
  return wanted ? wanted.Int().value_or(fallback) : fallback;
}

Result<std::string> PageStart(const Call& call) {
  const std::string token = call.Text("nextToken");
  if (token.empty()) return token;
  const auto sealed = Base64UrlDecode(token);
  if (sealed) {
    auto position = call.services.key.Unseal(PlaceOf(call), *sealed);
    if (position.ok()) return position;
  }
  return ParameterInvalid("nextToken", "The specified token is not valid for this request");
}

void WriteNextToken(const Call& call, const std::string& position, json::Writer& writer) {
  writer.Key("nextToken").String(Base64UrlEncode(call.services.key.Seal(PlaceOf(call), position)));
}

Result<void> RequireUnpaged(const Call& call, const char* list) {
  for (const char* member : {"nextToken", "maxResults"}) {
    if (call.Find(member)) {
      return ParameterInvalid(member, "cannot be used with '" + std::string(list) + "'");
    }
  }
  return Ok();
}

}  // namespace gantry::api::ecr
