#include "api/ecr/api.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "api/aws_request.h"
#include "api/caller.h"
#include "api/ecr/errors.h"
#include "iam/resource.h"

namespace gantry::api::ecr {
namespace {

constexpr std::string_view kService = "ecr";
constexpr std::string_view kTargetPrefix = "AmazonEC2ContainerRegistry_V20150921.";

using Table = std::vector<Operation>;

Result<const Operation*> Find(const Table& table, const http::Request& request) {
  std::string_view target = request.Header("X-Amz-Target").value_or("");
  if (target.starts_with(kTargetPrefix)) {
    target.remove_prefix(kTargetPrefix.size());
    for (const Operation& operation : table)
      if (operation.name == target) return &operation;
  }
  return Error(Code::kUnsupported, "operation_unknown",
               "there is no operation " + std::string(target.substr(0, 100)));
}

// What ECR says where a text of the model does not fit.
Error Constraint(const char* member, const char* constraint) {
  return InvalidArgument("parameter_invalid", "Invalid parameter at '" + std::string(member) +
                                                  "' failed to satisfy constraint: '" + constraint +
                                                  "'");
}

Result<json::Document> ParseInput(const http::Request& request) {
  auto document =
      json::Document::Parse(request.body.empty() ? "{}" : request.body, {.bytes_max = 8 << 20});
  if (document.ok() && document->root().IsObject()) return document;
  return InvalidArgument("body_invalid", "the body is not an object of JSON");
}

Result<iam::AccountId> AccountOf(const auth::Session& caller, json::Value input) {
  const json::Value id = input.Find("registryId");
  if (!id || id.IsNull()) return caller.principal.account;
  const auto parsed = iam::AccountId::Parse(id.String().value_or(""));
  if (!parsed.ok()) return Constraint("registryId", "must satisfy regular expression '[0-9]{12}'");
  return *parsed;
}

iam::Resource ResourceOf(const iam::AccountId& account, json::Value input) {
  const json::Value name = input.Find("repositoryName");
  if (name && name.String()) return iam::Resource::Repository(account, *name.String());
  return iam::Resource::Account(account);
}

Result<void> Authorize(const Services& services, const Operation& operation, const Call& call) {
  iam::RequestContext context;
  context.now = call.request.received;
  context.source_ip = call.request.peer;
  context.user_agent = std::string(call.request.Header("User-Agent").value_or(""));
  context.secure_transport = call.request.scheme == "https";
  const iam::Resource resource = ResourceOf(call.account, call.input);
  TRY_ASSIGN(const iam::Decision decision,
             services.authorizer.Decide(call.caller, operation.action, resource, context));
  if (decision.allowed()) return Ok();
  return Error(Code::kPermissionDenied, "denied",
               "User: " + call.caller.principal.Arn() +
                   " is not authorized to perform: ecr:" + std::string(operation.name) +
                   " on resource: " + resource.Text() + " because no policy allows it (" +
                   std::string(iam::DecisionKindText(decision.kind)) + ")");
}

Result<std::string> Answer(const Services& services, const Table& table, http::Request& request) {
  TRY_ASSIGN(auto session, AuthenticateSigned(services.authenticator, request, kService));
  SetCaller(request, session);
  TRY_ASSIGN(const Operation* operation, Find(table, request));
  TRY_ASSIGN(const json::Document document, ParseInput(request));
  TRY_ASSIGN(const iam::AccountId account, AccountOf(*session, document.root()));
  const Call call{request, *session, account, document.root()};
  TRY(Authorize(services, *operation, call));
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  TRY(operation->run(call, writer));
  writer.EndObject();
  return body;
}

}  // namespace

http::Handler MakeHandler(const Services& services, std::vector<Operation> operations) {
  // Shared by the copies of the handler.
  const auto table = std::make_shared<const Table>(std::move(operations));
  return [services, table](http::Request& request) -> http::Response {
    const std::string request_id = AwsRequestId(request);
    auto body = Answer(services, *table, request);
    if (!body.ok()) return RenderError(body.error(), request_id);
    http::Response response;
    response.Add("Content-Type", "application/x-amz-json-1.1");
    response.Add("Cache-Control", "no-store");
    response.Add("x-amzn-RequestId", request_id);
    response.body = *std::move(body);
    return response;
  };
}

}  // namespace gantry::api::ecr
