#include "api/ecr/downloads.h"

#include <charconv>
#include <utility>

#include "api/blob_body.h"
#include "api/caller.h"
#include "api/deeds.h"
#include "api/ecr/api.h"
#include "api/ecr/errors.h"
#include "base/encoding.h"
#include "json/writer.h"

namespace gantry::api::ecr {
namespace {

constexpr std::string_view kPath = "/ecr/layers/";
constexpr std::string_view kPlace = "ecr download";
constexpr Duration kLifetime = Seconds(15 * 60);

// What is sealed in an address.
struct Ticket {
  Time expires_at;
  std::string repository;  // RepositoryKey::text()
  std::string digest;
  iam::AccountId account;  // of the principal
  iam::PrincipalKind kind = iam::PrincipalKind::kAnonymous;
  std::string name;
  std::string credential;
};

std::string Render(const Ticket& ticket) {
  std::string text;
  json::Writer writer(text);
  writer.BeginArray().Int(ticket.expires_at.micros).String(ticket.repository);
  writer.String(ticket.digest).String(ticket.account.text());
  writer.Int(static_cast<int64_t>(ticket.kind)).String(ticket.name).String(ticket.credential);
  writer.EndArray();
  return text;
}

// Of a text that Render wrote: nobody else can seal one.
Result<Ticket> ParseTicket(std::string_view text) {
  TRY_ASSIGN(const auto document, json::Document::Parse(text));
  json::Value values[7];
  size_t count = 0;
  for (const json::Value item : document.root().Items()) {
    if (count < std::size(values)) values[count++] = item;
  }
  const auto string = [&](size_t i) { return std::string(values[i].String().value_or("")); };
  if (count != std::size(values))
    return Corruption("ticket_invalid", "the address has another form");
  TRY_ASSIGN(const auto account, iam::AccountId::Parse(string(3)));
  return Ticket{Time{values[0].Int().value_or(0)},
                string(1),
                string(2),
                account,
                static_cast<iam::PrincipalKind>(values[4].Int().value_or(0)),
                string(5),
                string(6)};
}

Error AddressInvalid() {
  return Error(Code::kPermissionDenied, "address_invalid",
               "this address is not one of GetDownloadUrlForLayer, or its time is over");
}

Result<Ticket> Open(const Services& services, const http::Request& request) {
  const auto sealed = Base64UrlDecode(request.Parameter("ticket"));
  if (!sealed) return AddressInvalid();
  const auto text = services.key.Unseal(kPlace, *sealed);
  if (!text.ok()) return AddressInvalid();
  auto ticket = ParseTicket(*text);
  if (!ticket.ok() || ticket->expires_at <= services.clock.Now()) return AddressInvalid();
  return ticket;
}

Result<http::Response> Answer(const Services& services, http::Request& request) {
  TRY_ASSIGN(const Ticket ticket, Open(services, request));
  TRY_ASSIGN(const auto key, meta::RepositoryKey::Parse(ticket.repository));
  TRY_ASSIGN(const auto digest, oci::Digest::Parse(ticket.digest));
  SetCaller(request,
            auth::Share(
                {.principal = {.account = ticket.account, .kind = ticket.kind, .name = ticket.name},
                 .credential_id = ticket.credential}));
  SetDeeds(request, {{.action = iam::Action::kRepositoryPull,
                      .weight = Deed::Weight::kPart,
                      .account = key.account_id(),
                      .repository = std::string(key.name()),
                      .digest = ticket.digest,
                      .detail = "GetDownloadUrlForLayer"}});
  TRY_ASSIGN(const auto blob, services.blobs.Open(key, digest));
  http::Response response;
  response.Add("Content-Type", "application/octet-stream");
  response.Add("Docker-Content-Digest", ticket.digest);
  response.Add("Cache-Control", "private");
  response.body = BlobBody(blob, 0, blob->size());
  return response;
}

}  // namespace

std::string DownloadUrl(const Call& call, const oci::Digest& digest) {
  const iam::Principal& principal = call.caller.principal;
  const Ticket ticket{call.services.clock.Now() + kLifetime,
                      std::string(call.account.text()) + "/" + call.repository,
                      digest.text(),
                      principal.account,
                      principal.kind,
                      principal.name,
                      call.caller.credential_id};
  return call.request.scheme + "://" + call.request.authority + std::string(kPath) +
         Base64UrlEncode(call.services.key.Seal(kPlace, Render(ticket)));
}

std::vector<http::Route> DownloadRoutes(const Services& services) {
  std::vector<http::Route> routes(1);
  routes[0].pattern = std::string(kPath) + "{ticket}";
  routes[0].name = "ecr_layer";
  routes[0].action = "handler";
  routes[0].handler = http::Handler([services](http::Request& request) -> http::Response {
    auto response = Answer(services, request);
    if (response.ok()) return std::move(response).value();
    return RenderError(response.error(), request.id);
  });
  return routes;
}

}  // namespace gantry::api::ecr
