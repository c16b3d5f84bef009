#include "server/host_accounts.h"

namespace gantry::server {
namespace {

constexpr size_t kRootSize = std::string_view("/v2/").size();

}  // namespace

void SelectAccount(const HostPatterns& patterns, const AccountResolver& resolve,
                   http::Request& request) {
  const HostPatterns::Match match = patterns.Find(request.authority, request.path);
  if (match.account.empty() && match.prefix_size == 0) return;  // the default account
  const auto account = resolve(match.account);
  request.account = account ? account->text() : http::kUnknownAccount;
  if (match.prefix_size == 0) return;
  request.path_prefix.assign(request.path, kRootSize, match.prefix_size);
  request.path.erase(kRootSize, match.prefix_size);
}

}  // namespace gantry::server
