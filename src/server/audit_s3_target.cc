#include "server/audit_s3_target.h"

#include <fstream>
#include <utility>

#include "auth/sigv4.h"
#include "base/encoding.h"
#include "crypto/hash.h"

namespace gantry::server {
namespace {

constexpr size_t kSequenceDigits = 20;
constexpr size_t kExcerptBytes = 200;

std::string ObjectName(const std::string& prefix, uint64_t sequence) {
  const std::string digits = std::to_string(sequence);
  return prefix + (prefix.empty() || prefix.ends_with('/') ? "" : "/") +
         std::string(kSequenceDigits - digits.size(), '0') + digits + ".jsonl";
}

}  // namespace

Result<void> AuditS3Target::Send(std::span<const audit::Entry> entries) {
  TRY_ASSIGN(std::string secret, Secret());
  httpc::Request request;
  request.method = "PUT";
  for (const audit::Entry& entry : entries) {
    audit::AppendJson(entry, request.body);
    request.body += '\n';
  }
  // Path style, which every service takes.
  const std::string path =
      "/" + config_.bucket + "/" +
      PercentEncode(ObjectName(config_.prefix, entries.front().sequence), /*keep_slash=*/true);
  request.url = config_.endpoint + path;
  const std::string host = config_.endpoint.substr(config_.endpoint.find("://") + 3);
  auth::HeaderList headers = {{"host", host}, {"content-type", "application/x-ndjson"}};
  const std::string body_sha256 = HexEncode(crypto::Sha256(request.body));
  auth::SigV4Request to_sign;
  to_sign.method = request.method;
  to_sign.path = path;
  to_sign.headers = &headers;
  to_sign.body_sha256 = body_sha256;
  auth::HeaderList added = auth::SignSigV4(to_sign, {config_.access_key_id, std::move(secret), ""},
                                           config_.region, "s3", clock_.Now());
  request.headers = std::move(headers);
  request.headers.insert(request.headers.end(), std::make_move_iterator(added.begin()),
                         std::make_move_iterator(added.end()));
  request.deadline = Seconds(60);
  TRY_ASSIGN(const httpc::Response response, client_.Send(request));
  if (response.status == 200) return Ok();
  return Unavailable("s3_refused", request.url + " answers " + std::to_string(response.status) +
                                       ": " + response.body.substr(0, kExcerptBytes));
}

Result<std::string> AuditS3Target::Secret() const {
  if (config_.secret_access_key_file.empty()) return config_.secret_access_key;
  std::ifstream file(config_.secret_access_key_file);
  std::string line;
  if (std::getline(file, line) && !line.empty()) return line;
  return Error(Code::kFailedPrecondition, "s3_secret_missing",
               "the file " + config_.secret_access_key_file + " cannot be read");
}

}  // namespace gantry::server
