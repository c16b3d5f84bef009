#include "api/ecr/api.h"

#include <map>
#include <memory>
#include <utility>

#include "api/aws_request.h"
#include "api/caller.h"
#include "api/ecr/arn.h"
#include "api/ecr/errors.h"
#include "api/ecr/families.h"
#include "auth/sigv4.h"
#include "base/assert.h"

namespace gantry::api::ecr {
namespace {

constexpr std::string_view kService = "ecr";
constexpr std::string_view kTargetPrefix = "AmazonEC2ContainerRegistry_V20150921.";
// A layer part of 20 MiB in base64, with what is around it.
constexpr json::Limits kInputLimits = {.bytes_max = 28 << 20};

// Lives as long as the handler.
struct Table {
  explicit Table(const Services& of) : services(of) {}
  const Services services;
  const Model model;
  std::map<std::string_view, Operation> operations;
};

Result<const Operation*> Find(const Table& table, const http::Request& request) {
  std::string_view target = request.Header("X-Amz-Target").value_or("");
  if (target.starts_with(kTargetPrefix)) {
    target.remove_prefix(kTargetPrefix.size());
    const auto found = table.operations.find(target);
    if (found != table.operations.end()) return &found->second;
  }
  return Error(Code::kUnsupported, "operation_unknown",
               "there is no operation " + std::string(target.substr(0, 100)));
}

Result<json::Document> ParseInput(const http::Request& request) {
  auto document = json::Document::Parse(request.body.empty() ? "{}" : request.body, kInputLimits);
  if (document.ok()) return document;
  return InvalidArgument("body_invalid", "the body is not an object of JSON");
}

Result<iam::AccountId> AccountOf(const auth::Session& caller, json::Value input) {
  const json::Value id = input.Find("registryId");
  if (!id || id.IsNull()) return caller.principal.account;
  return iam::AccountId::Parse(id.String().value_or(""));
}

std::string RegionOf(const http::Request& request) {
  const auto signed_by = auth::ParseSigV4(request.Header("Authorization").value_or(""));
  return signed_by.ok() ? signed_by->region : "";
}

// What the call is about, as far as its input says.
Result<void> Aim(Call& call) {
  if (call.operation.target == Target::kRepository) call.repository = call.Text("repositoryName");
  if (call.operation.target != Target::kResource) return Ok();
  TRY_ASSIGN(RepositoryArn arn, ParseRepositoryArn(call.Text("resourceArn")));
  call.account = arn.account;
  call.repository = std::move(arn.name);
  return Ok();
}

Error Denied(const Call& call, const iam::Resource& resource, iam::DecisionKind kind) {
  const std::string action = "ecr:" + std::string(call.operation.name);
  const std::string on =
      resource.repository().empty() ? "*" : ArnOf(call.region, call.account, resource.repository());
  const std::string why = kind == iam::DecisionKind::kExplicitDeny
                              ? "with an explicit deny in a policy"
                              : "because no policy allows the " + action + " action";
  return Error(Code::kPermissionDenied, "denied",
               "User: " + call.caller.principal.Arn() + " is not authorized to perform: " + action +
                   " on resource: " + on + " " + why);
}

iam::RequestContext ContextOf(const http::Request& request) {
  iam::RequestContext context;
  context.now = request.received;
  context.source_ip = request.peer;
  context.user_agent = std::string(request.Header("User-Agent").value_or(""));
  context.secure_transport = request.scheme == "https";
  return context;
}

Result<void> Require(const Call& call, const iam::Resource& resource) {
  TRY_ASSIGN(const iam::Decision decision,
             call.services.authorizer.Decide(call.caller, call.operation.action, resource,
                                             ContextOf(call.request)));
  if (decision.allowed()) return Ok();
  return Denied(call, resource, decision.kind);
}

Result<void> Authorize(const Call& call) {
  switch (call.operation.target) {
    case Target::kAccount:
      return Require(call, iam::Resource::Account(call.account));
    case Target::kRepository:
    case Target::kResource:
      return Require(call, iam::Resource::Repository(call.account, call.repository));
    case Target::kRepositories:
      for (const json::Value name : ItemsOf(call.Find("repositoryNames")))
        TRY(Require(call, iam::Resource::Repository(call.account, name.String().value_or(""))));
  }
  return Ok();
}

Deed PlainDeed(const Call& call) {
  return {.action = call.operation.action,
          .weight = call.operation.weight,
          .account = call.account,
          .repository = call.repository,
          .detail = std::string(call.operation.name)};
}

// Core knows repositories by sentences of its own.
Error InSentencesOfEcr(const Call& call, Error error) {
  const bool unknown = error.reason() == "name_unknown" && !call.repository.empty();
  return unknown ? RepositoryNotFound(call) : std::move(error);
}

Result<std::string> Run(const Call& call) {
  TRY(Authorize(call));
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  auto done = call.operation.run(call, writer);
  if (!done.ok()) return InSentencesOfEcr(call, std::move(done).error());
  writer.EndObject();
  return body;
}

Result<std::string> Answer(const Table& table, http::Request& request) {
  TRY_ASSIGN(auto session, AuthenticateSigned(table.services.authenticator, request, kService));
  SetCaller(request, session);
  SetDeeds(request, {});  // what is no call of an operation does nothing
  TRY_ASSIGN(const Operation* operation, Find(table, request));
  TRY_ASSIGN(const json::Document document, ParseInput(request));
  const Shape& shape = *table.model.InputOf(operation->name);
  TRY(Model::Check(shape, document.root()));
  TRY_ASSIGN(const iam::AccountId account, AccountOf(*session, document.root()));
  std::vector<Deed> deeds;
  Call call{table.services, *operation,        table.model,     shape, request, *session,
            account,        RegionOf(request), document.root(), "",    deeds};
  TRY(Aim(call));
  auto body = Run(call);
  if (deeds.empty()) deeds.push_back(PlainDeed(call));
  SetDeeds(request, std::move(deeds));
  return body;
}

}  // namespace

json::Value Call::Find(std::string_view member) const {
  const json::Value value = input.Find(member);
  return value && value.IsNull() ? json::Value() : value;
}

std::string Call::Text(std::string_view member) const {
  const json::Value value = Find(member);
  return std::string(value ? value.String().value_or("") : "");
}

bool Call::Flag(std::string_view member) const {
  const json::Value value = Find(member);
  return value && value.Bool().value_or(false);
}

Result<meta::RepositoryKey> Call::Key() const { return KeyOf(*this, repository); }

Result<bool> Call::May(iam::Action action, const iam::Resource& resource) const {
  TRY_ASSIGN(const iam::Decision decision,
             services.authorizer.Decide(caller, action, resource, ContextOf(request)));
  return decision.allowed();
}

void Call::Did(std::string_view tag, std::string_view digest) const {
  Deed deed = PlainDeed(*this);
  deed.tag = tag;
  deed.digest = digest;
  deeds.push_back(std::move(deed));
}

Result<meta::RepositoryKey> KeyOf(const Call& call, std::string_view repository) {
  TRY_ASSIGN(const auto name, oci::RepositoryName::Parse(repository));
  return meta::RepositoryKey(call.account, name);
}

json::Items ItemsOf(json::Value list) {
  return list ? list.Items() : json::Items(nullptr, nullptr);
}

std::vector<Operation> Operations() {
  std::vector<Operation> all;
  for (const auto rows : Families()) all.insert(all.end(), rows.begin(), rows.end());
  return all;
}

http::Handler MakeHandler(const Services& services, std::vector<Operation> operations) {
  // Shared by the copies of the handler.
  const auto table = std::make_shared<Table>(services);
  for (const Operation& operation : operations) {
    GANTRY_ASSERT(table->model.InputOf(operation.name) != nullptr);
    table->operations.emplace(operation.name, operation);
  }
  return [table](http::Request& request) -> http::Response {
    const std::string request_id = AwsRequestId(request);
    auto body = Answer(*table, request);
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
