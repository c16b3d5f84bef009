#include "core/repositories.h"

#include <algorithm>
#include <utility>

#include "api/ecr/errors.h"
#include "api/ecr/families.h"
#include "api/ecr/labels.h"
#include "api/ecr/mutability.h"
#include "api/ecr/page.h"
#include "api/ecr/shapes.h"

namespace gantry::api::ecr {
namespace {

using Weight = Deed::Weight;

// How many repositories one page looks at where the caller may not see them all.
constexpr int64_t kLookedAtMax = 10'000;
constexpr int64_t kBatch = 1000;

DescribedRepository DescribedOf(const core::RepositoryDescription& description) {
  return {description.repository.name, description.repository.created_at, description.settings};
}

// The encryption that the client asks for: kept and given back; what is stored is as it is.
std::string EncryptionOf(const Call& call) {
  const json::Value configuration = call.Find("encryptionConfiguration");
  if (!configuration) return R"({"encryptionType":"AES256"})";
  std::string text;
  json::Writer writer(text);
  writer.BeginObject();
  for (const auto [key, value] : configuration.Members()) {
    if (key == "encryptionType" || key == "kmsKey")
      WriteText(writer, key, value.String().value_or(""));
  }
  writer.EndObject();
  return text;
}

Result<void> CreateRepository(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  meta::RepositorySettings settings;
  TRY(ReadMutability(call, settings));
  const json::Value scanning = call.Find("imageScanningConfiguration");
  const json::Value on_push = scanning ? scanning.Find("scanOnPush") : json::Value();
  settings.scan_on_push = on_push && on_push.Bool().value_or(false);
  settings.encryption = EncryptionOf(call);
  TRY_ASSIGN(const auto labels, ReadLabels(call.Find("tags")));
  const auto created = call.services.repositories.Create(key, settings, labels);
  if (!created.ok() && created.error().reason() == "repository_exists") {
    return Error(
        Code::kAlreadyExists, "repository_exists",
        "The repository with name '" + call.repository + "' already exists " + InRegistry(call));
  }
  if (!created.ok()) return created.error();
  writer.Key("repository");
  WriteRepository(call, DescribedOf(*created), writer);
  return Ok();
}

Result<void> DeleteRepository(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  const auto deleted = call.services.repositories.Delete(key, call.Flag("force"), "ecr");
  if (!deleted.ok() && deleted.error().reason() == "repository_not_empty") {
    return Error(Code::kFailedPrecondition, "repository_not_empty",
                 "The repository with name '" + call.repository + "' in registry with id '" +
                     std::string(call.account.text()) +
                     "' cannot be deleted because it still contains images");
  }
  if (!deleted.ok()) return deleted.error();
  TRY(call.services.access.Refresh());
  writer.Key("repository");
  WriteRepository(call, DescribedOf(deleted->description), writer);
  return Ok();
}

// One that is not there fails the call.
Result<void> DescribeWanted(const Call& call, json::Items names, json::Writer& writer) {
  TRY(RequireUnpaged(call, "repositoryNames"));
  for (const json::Value item : names) {
    const std::string_view name = item.String().value_or("");
    TRY_ASSIGN(const auto key, KeyOf(call, name));
    const auto described = call.services.repositories.Describe(key);
    if (!described.ok() && described.error().code() == Code::kNotFound) {
      return NotFound("name_unknown", "The repository with name '" + std::string(name) +
                                          "' does not exist " + InRegistry(call));
    }
    if (!described.ok()) return described.error();
    WriteRepository(call, DescribedOf(*described), writer);
  }
  return Ok();
}

// Those that the caller may see. A page can be short, or empty, with others to come.
Result<void> DescribeAll(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(std::string after, PageStart(call));
  const int64_t limit = PageSize(call);
  int64_t shown = 0;
  bool more = true;
  for (int64_t looked_at = 0; more && shown < limit && looked_at < kLookedAtMax;) {
    TRY_ASSIGN(const auto page,
               call.services.repositories.List(call.account, "", after, std::min(kBatch, limit)));
    more = page.more;
    for (const core::RepositoryDescription& one : page.items) {
      after = one.repository.name;
      ++looked_at;
      TRY_ASSIGN(const bool may, call.May(iam::Action::kRepositoryList,
                                          iam::Resource::Repository(call.account, after)));
      if (!may) continue;
      WriteRepository(call, DescribedOf(one), writer);
      if (++shown < limit) continue;
      more = more || &one != &page.items.back();
      break;
    }
  }
  writer.EndArray();
  if (more) WriteNextToken(call, after, writer);
  return Ok();
}

Result<void> DescribeRepositories(const Call& call, json::Writer& writer) {
  writer.Key("repositories").BeginArray();
  const json::Value names = call.Find("repositoryNames");
  if (!names) return DescribeAll(call, writer);
  TRY(DescribeWanted(call, names.Items(), writer));
  writer.EndArray();
  return Ok();
}

Result<void> PutImageTagMutability(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  meta::RepositorySettings wanted;
  TRY(ReadMutability(call, wanted));
  TRY(call.services.repositories.UpdateSettings(key, [&](meta::RepositorySettings& settings) {
    settings.tag_mutability = wanted.tag_mutability;
    settings.mutability_filters = wanted.mutability_filters;
  }));
  WriteHead(call, writer);
  WriteMutability(wanted, writer);
  return Ok();
}

constexpr Operation kOperations[] = {
    {"CreateRepository", iam::Action::kRepositoryCreate, Target::kRepository, Weight::kChange,
     CreateRepository},
    {"DeleteRepository", iam::Action::kRepositoryDelete, Target::kRepository, Weight::kChange,
     DeleteRepository},
    {"DescribeRepositories", iam::Action::kRepositoryList, Target::kRepositories, Weight::kLook,
     DescribeRepositories},
    {"PutImageTagMutability", iam::Action::kRepositoryUpdate, Target::kRepository, Weight::kChange,
     PutImageTagMutability},
};

}  // namespace

std::span<const Operation> RepositoryOperations() { return kOperations; }

}  // namespace gantry::api::ecr
