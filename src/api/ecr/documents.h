#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/ecr/call.h"
#include "base/result.h"
#include "core/creation_templates.h"
#include "core/pulls.h"
#include "meta/account_documents.h"

// What the dialect keeps for an account and gives back, by kind: the JSON that the operation took,
// without members that the model does not have. What acts on them reads them by the same kinds.
namespace gantry::api::ecr {

// Names are prefixes without a trailing '/', or "ROOT".
inline constexpr const char* kCreationTemplate = core::kCreationTemplateKind;
inline constexpr const char* kPullThroughRule = "ecr.pull_through_rule";
// The name is the ARN of a principal.
inline constexpr const char* kPullTimeExclusion = core::kPullExclusionKind;
// The name is that of the setting, the body {"value": …}.
inline constexpr const char* kAccountSetting = "ecr.account_setting";
// One of each; the name is "".
inline constexpr const char* kReplication = "ecr.replication_configuration";
inline constexpr const char* kScanning = "ecr.scanning_configuration";
inline constexpr const char* kSigning = "ecr.signing_configuration";

Result<std::optional<meta::AccountDocument>> FindDocument(const Call& call, const char* kind,
                                                          const std::string& name = "");
// Of all names when `limit` is large enough; `after` nullopt from the start.
Result<std::vector<meta::AccountDocument>> ListDocuments(const Call& call, const char* kind,
                                                         const std::optional<std::string>& after,
                                                         int64_t limit);
// Inside of a transaction: the document that is to be, from the one that is (nullopt: none).
using DocumentChange =
    std::function<Result<meta::AccountDocument>(const std::optional<meta::AccountDocument>&)>;
// Replaces or creates the document, in one transaction with what `change` decides. Times are set
// here. Returns what is stored. `limit`: how many of a kind there may be; beyond it
// resource_exhausted/limit_exceeded.
Result<meta::AccountDocument> ChangeDocument(const Call& call, const char* kind,
                                             const std::string& name, int64_t limit,
                                             const DocumentChange& change);
// Replaces or creates a document that there is one of.
Result<void> PutDocument(const Call& call, const char* kind, const std::string& name,
                         std::string body);
// Deletes and returns it; nullopt: there was none.
Result<std::optional<meta::AccountDocument>> TakeDocument(const Call& call, const char* kind,
                                                          const std::string& name = "");

// "docker-hub/" and "docker-hub" are one prefix.
std::string PrefixName(std::string prefix);
// The member of the input as the model has it; `fallback` when it is absent.
std::string InputText(const Call& call, std::string_view member, std::string_view fallback = "");

}  // namespace gantry::api::ecr
