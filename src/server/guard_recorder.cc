#include "server/guard_recorder.h"

#include <string>
#include <string_view>

#include "api/deeds.h"

namespace gantry::server {
namespace {

constexpr std::string_view kDigestHeader = "Docker-Content-Digest";
constexpr int kCreated = 201;

std::string_view HeaderOf(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

// The action as the audit log calls it.
std::string_view AuditAction(iam::Action action) {
  switch (action) {
    case iam::Action::kRepositoryPull:
      return "pull";
    case iam::Action::kRepositoryPush:
      return "push";
    case iam::Action::kRepositoryDelete:
      return "delete";
    case iam::Action::kRepositoryList:
    case iam::Action::kProjectRead:
    case iam::Action::kAccountRead:
    case iam::Action::kAccountCatalog:
    case iam::Action::kAuditRead:
      return "read";
    case iam::Action::kSystemOperate:
      return "operate";
    case iam::Action::kTokenIssue:
      return "token";
    default:
      return "config";
  }
}

audit::Outcome OutcomeOf(const http::Response& response) {
  if (response.status == 401 || response.status == 403) return audit::Outcome::kDenied;
  return response.status >= 400 ? audit::Outcome::kFailed : audit::Outcome::kOk;
}

// What a record says of the request itself. Borrows all of them.
audit::RecordView HeadOf(const http::Request& request, const auth::Session& session,
                         std::string_view principal, const http::Response& response) {
  audit::RecordView record;
  record.time = request.received;
  record.outcome = OutcomeOf(response);
  record.status = static_cast<uint16_t>(response.status);
  record.principal = principal;
  record.credential = session.credential_id;
  record.token = session.token_id;
  record.peer = request.peer;
  record.user_agent = request.Header("User-Agent").value_or("");
  record.request_id = request.id;
  return record;
}

}  // namespace

// Each deed by itself. What failed for another reason than rights is nothing that happened, unless
// it was a change.
Result<void> GuardRecorder::RecordDeeds(const std::vector<api::Deed>& deeds,
                                        const http::Request& request, const auth::Session& session,
                                        const http::Response& response) {
  const std::string principal = session.principal.Text();
  std::vector<audit::Log::Ticket> awaited;
  for (const api::Deed& deed : deeds) {
    audit::RecordView record = HeadOf(request, session, principal, response);
    const bool denied = record.outcome == audit::Outcome::kDenied;
    const bool ok = record.outcome == audit::Outcome::kOk;
    record.action = AuditAction(deed.action);
    if (denied && record.action == "read") record.action = "denied";
    if (!denied && deed.weight == api::Deed::Weight::kLook) continue;
    if (!denied && !ok && deed.weight != api::Deed::Weight::kChange) continue;
    if (!denied && record.action == "pull" && !record_pulls_) continue;
    record.account = deed.account.text();
    record.repository = deed.repository;
    record.tag = deed.tag;
    record.digest = deed.digest;
    record.detail = deed.detail;
    const audit::Log::Ticket ticket = log_.Append(record);
    if (denied || ticket.refused() || deed.weight == api::Deed::Weight::kChange)
      awaited.push_back(ticket);
  }
  for (const audit::Log::Ticket& ticket : awaited) TRY(log_.Wait(ticket));
  return Ok();
}

Result<void> GuardRecorder::Record(const GuardRule& rule, const http::Request& request,
                                   const auth::Session& session, const http::Response& response) {
  const std::vector<api::Deed>* deeds = rule.by_handler ? api::DeedsOf(request) : nullptr;
  if (deeds != nullptr) return RecordDeeds(*deeds, request, session, response);
  const bool denied = response.status == 401 || response.status == 403;
  const bool failed = response.status >= 400 && !denied;
  const bool is_token = rule.anyone || rule.by_handler;
  const std::string_view action = rule.action ? AuditAction(*rule.action)
                                  : is_token  ? "token"
                                              : "read";
  // What only looked, or asked for what is not there, is in the access log.
  if (!denied && (action == "read" || failed) && !IsChange(request)) return Ok();
  if (!denied && action == "pull" && !record_pulls_) return Ok();
  // A login that has only begun is nobody's yet.
  if (rule.by_handler && !denied && !IsChange(request) && session.principal.IsAnonymous())
    return Ok();
  // The steps of an upload: what came of them is recorded at its end.
  const bool is_part = action == "push" && !rule.by_reference;
  if (is_part && !denied && !failed && response.status != kCreated) return Ok();
  const std::string principal = session.principal.Text();
  audit::RecordView record = HeadOf(request, session, principal, response);
  record.action = denied && action == "read" ? std::string_view("denied") : action;
  // The account that it was done to, where the path names one.
  const iam::AccountId default_account = iam::AccountId::Default();
  record.account = rule.by_account           ? request.Parameter("account")
                   : request.account.empty() ? default_account.text()
                                             : std::string_view(request.account);
  if (rule.by_repository) {
    record.repository = request.Parameter("name");
    record.digest = HeaderOf(response, kDigestHeader);
    if (rule.by_reference) {
      const std::string_view reference = request.Parameter("reference");
      if (reference.find(':') == std::string_view::npos)
        record.tag = reference;
      else if (record.digest.empty())
        record.digest = reference;
    }
  } else {
    record.detail = request.path;
  }
  const audit::Log::Ticket ticket = log_.Append(record);
  // A blob alone is nothing yet: the manifest that needs it waits, and with it all before it.
  if ((action == "pull" || is_part) && !denied && !ticket.refused()) return Ok();
  return log_.Wait(ticket);
}

}  // namespace gantry::server
