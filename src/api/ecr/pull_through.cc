#include <algorithm>

#include "api/ecr/documents.h"
#include "api/ecr/errors.h"
#include "api/ecr/families.h"
#include "api/ecr/page.h"
#include "api/ecr/shapes.h"
#include "json/document.h"

namespace gantry::api::ecr {
namespace {

using Weight = Deed::Weight;

constexpr int64_t kRulesMax = 50;

// What ECR calls upstreams; a host without a name here is as good, and has none in answers.
constexpr std::pair<std::string_view, std::string_view> kUpstreams[] = {
    {"public.ecr.aws", "ecr-public"},
    {"registry.k8s.io", "k8s"},
    {"quay.io", "quay"},
    {"registry-1.docker.io", "docker-hub"},
    {"ghcr.io", "github-container-registry"},
    {"registry.gitlab.com", "gitlab-container-registry"},
    {"cgr.dev", "chainguard"},
};

std::string_view UpstreamOf(std::string_view host) {
  for (const auto& [known, name] : kUpstreams)
    if (host == known) return name;
  if (host.ends_with(".azurecr.io")) return "azure-container-registry";
  if (host.find(".dkr.ecr.") != std::string_view::npos) return "ecr";
  return "";
}

bool IsHost(std::string_view url) {
  return !url.empty() && url.size() <= 253 && std::all_of(url.begin(), url.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':';
  });
}

std::string PrefixOf(const Call& call) { return PrefixName(call.Text("ecrRepositoryPrefix")); }

Error RuleNotFound(const Call& call, const std::string& prefix) {
  return NotFound("pull_through_rule_unknown", "The pull through cache rule with the prefix '" +
                                                   prefix + "' does not exist " + InRegistry(call));
}

// Members of a rule as it is stored; what is "" is left out.
struct Rule {
  std::string upstream_url;
  std::string upstream_name;
  std::string credential_arn;
  std::string role_arn;
  std::string upstream_prefix;
};

std::string Render(const Rule& rule) {
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  WriteText(writer, "upstreamRegistryUrl", rule.upstream_url);
  WriteText(writer, "upstreamRegistry", rule.upstream_name);
  WriteText(writer, "credentialArn", rule.credential_arn);
  WriteText(writer, "customRoleArn", rule.role_arn);
  WriteText(writer, "upstreamRepositoryPrefix", rule.upstream_prefix);
  writer.EndObject();
  return body;
}

Result<Rule> ParseRule(const meta::AccountDocument& stored) {
  TRY_ASSIGN(const auto document, json::Document::Parse(stored.body));
  const auto text = [&](const char* name) {
    const json::Value value = document.root().Find(name);
    return std::string(value ? value.String().value_or("") : "");
  };
  return Rule{text("upstreamRegistryUrl"), text("upstreamRegistry"), text("credentialArn"),
              text("customRoleArn"), text("upstreamRepositoryPrefix")};
}

// The members that all answers have, but for times.
void WriteRule(const Call& call, const std::string& prefix, const Rule& rule,
               json::Writer& writer) {
  writer.Key("ecrRepositoryPrefix").String(prefix);
  writer.Key("registryId").String(call.account.text());
  WriteText(writer, "credentialArn", rule.credential_arn);
  WriteText(writer, "customRoleArn", rule.role_arn);
  WriteText(writer, "upstreamRepositoryPrefix", rule.upstream_prefix);
}

Result<Rule> ReadRule(const Call& call) {
  std::string url = call.Text("upstreamRegistryUrl");
  if (url.starts_with("https://")) url.erase(0, 8);
  if (url.ends_with('/')) url.pop_back();
  const std::string name(UpstreamOf(url));
  const std::string wanted = call.Text("upstreamRegistry");
  if (!IsHost(url) || (!wanted.empty() && !name.empty() && wanted != name)) {
    return InvalidArgument("upstream_unsupported",
                           "The upstream registry '" + call.Text("upstreamRegistryUrl") +
                               "' is not supported" +
                               (wanted.empty() ? "" : " as '" + wanted + "'"));
  }
  if (PrefixOf(call) == "ROOT" && call.Find("upstreamRepositoryPrefix") &&
      call.Text("upstreamRepositoryPrefix") != "ROOT") {
    return ValidationFailed(
        "upstreamRepositoryPrefix cannot be used when ecrRepositoryPrefix is ROOT");
  }
  return Rule{url, wanted.empty() ? name : wanted, call.Text("credentialArn"),
              call.Text("customRoleArn"), call.Text("upstreamRepositoryPrefix")};
}

Result<void> CreatePullThroughCacheRule(const Call& call, json::Writer& writer) {
  const std::string prefix = PrefixOf(call);
  TRY_ASSIGN(const Rule rule, ReadRule(call));
  const auto change =
      [&](const std::optional<meta::AccountDocument>& old) -> Result<meta::AccountDocument> {
    if (!old) return meta::AccountDocument{.kind = "", .name = "", .body = Render(rule)};
    return Error(Code::kAlreadyExists, "pull_through_rule_exists",
                 "A pull through cache rule with the prefix '" + prefix + "' already exists " +
                     InRegistry(call));
  };
  TRY_ASSIGN(const auto made, ChangeDocument(call, kPullThroughRule, prefix, kRulesMax, change));
  WriteRule(call, prefix, rule, writer);
  writer.Key("upstreamRegistryUrl").String(rule.upstream_url);
  WriteText(writer, "upstreamRegistry", rule.upstream_name);
  WriteTime(writer, "createdAt", made.created_at);
  return Ok();
}

Result<void> WriteDescribed(const Call& call, const meta::AccountDocument& stored,
                            json::Writer& writer) {
  TRY_ASSIGN(const Rule rule, ParseRule(stored));
  writer.BeginObject();
  WriteRule(call, stored.name, rule, writer);
  writer.Key("upstreamRegistryUrl").String(rule.upstream_url);
  WriteText(writer, "upstreamRegistry", rule.upstream_name);
  WriteTime(writer, "createdAt", stored.created_at);
  WriteTime(writer, "updatedAt", stored.updated_at);
  writer.EndObject();
  return Ok();
}

Result<void> DescribeWanted(const Call& call, json::Items prefixes, json::Writer& writer) {
  TRY(RequireUnpaged(call, "ecrRepositoryPrefixes"));
  for (const json::Value item : prefixes) {
    const std::string prefix = PrefixName(std::string(item.String().value_or("")));
    TRY_ASSIGN(const auto stored, FindDocument(call, kPullThroughRule, prefix));
    if (!stored) return RuleNotFound(call, prefix);
    TRY(WriteDescribed(call, *stored, writer));
  }
  return Ok();
}

Result<void> DescribePullThroughCacheRules(const Call& call, json::Writer& writer) {
  const json::Value prefixes = call.Find("ecrRepositoryPrefixes");
  writer.Key("pullThroughCacheRules").BeginArray();
  if (prefixes) {
    TRY(DescribeWanted(call, prefixes.Items(), writer));
    writer.EndArray();
    return Ok();
  }
  TRY_ASSIGN(const std::string after, PageStart(call));
  const int64_t limit = PageSize(call);
  TRY_ASSIGN(auto all, ListDocuments(call, kPullThroughRule, after, limit + 1));
  const bool more = static_cast<int64_t>(all.size()) > limit;
  if (more) all.pop_back();
  for (const auto& stored : all) TRY(WriteDescribed(call, stored, writer));
  writer.EndArray();
  if (more) WriteNextToken(call, all.back().name, writer);
  return Ok();
}

Result<void> UpdatePullThroughCacheRule(const Call& call, json::Writer& writer) {
  const std::string prefix = PrefixOf(call);
  if (!call.Find("credentialArn") && !call.Find("customRoleArn"))
    return ValidationFailed("Either credentialArn or customRoleArn must be given");
  Rule rule;
  const auto change =
      [&](const std::optional<meta::AccountDocument>& old) -> Result<meta::AccountDocument> {
    if (!old) return RuleNotFound(call, prefix);
    TRY_ASSIGN(rule, ParseRule(*old));
    if (call.Find("credentialArn")) rule.credential_arn = call.Text("credentialArn");
    if (call.Find("customRoleArn")) rule.role_arn = call.Text("customRoleArn");
    return meta::AccountDocument{.kind = "", .name = "", .body = Render(rule)};
  };
  TRY_ASSIGN(const auto made, ChangeDocument(call, kPullThroughRule, prefix, kRulesMax, change));
  WriteRule(call, prefix, rule, writer);
  WriteTime(writer, "updatedAt", made.updated_at);
  return Ok();
}

// Rules are kept and do not act yet, so there is nothing to log in to.
Result<void> ValidatePullThroughCacheRule(const Call& call, json::Writer& writer) {
  const std::string prefix = PrefixOf(call);
  TRY_ASSIGN(const auto stored, FindDocument(call, kPullThroughRule, prefix));
  if (!stored) return RuleNotFound(call, prefix);
  TRY_ASSIGN(const Rule rule, ParseRule(*stored));
  WriteRule(call, prefix, rule, writer);
  writer.Key("upstreamRegistryUrl").String(rule.upstream_url);
  writer.Key("isValid").Bool(false);
  writer.Key("failure").String(
      "This registry keeps pull through cache rules and does not act on "
      "them yet");
  return Ok();
}

Result<void> DeletePullThroughCacheRule(const Call& call, json::Writer& writer) {
  const std::string prefix = PrefixOf(call);
  TRY_ASSIGN(const auto taken, TakeDocument(call, kPullThroughRule, prefix));
  if (!taken) return RuleNotFound(call, prefix);
  TRY_ASSIGN(const Rule rule, ParseRule(*taken));
  WriteRule(call, prefix, rule, writer);
  writer.Key("upstreamRegistryUrl").String(rule.upstream_url);
  WriteTime(writer, "createdAt", taken->created_at);
  return Ok();
}

constexpr Operation kOperations[] = {
    {"CreatePullThroughCacheRule", iam::Action::kAccountUpdate, Target::kAccount, Weight::kChange,
     CreatePullThroughCacheRule},
    {"DescribePullThroughCacheRules", iam::Action::kAccountRead, Target::kAccount, Weight::kLook,
     DescribePullThroughCacheRules},
    {"UpdatePullThroughCacheRule", iam::Action::kAccountUpdate, Target::kAccount, Weight::kChange,
     UpdatePullThroughCacheRule},
    {"ValidatePullThroughCacheRule", iam::Action::kAccountRead, Target::kAccount, Weight::kLook,
     ValidatePullThroughCacheRule},
    {"DeletePullThroughCacheRule", iam::Action::kAccountUpdate, Target::kAccount, Weight::kChange,
     DeletePullThroughCacheRule},
};

}  // namespace

std::span<const Operation> PullThroughOperations() { return kOperations; }

}  // namespace gantry::api::ecr
