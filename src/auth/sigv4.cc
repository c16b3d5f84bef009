#include "auth/sigv4.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

#include "base/encoding.h"
#include "crypto/hash.h"

namespace gantry::auth {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr size_t kHeaderBytesMax = 4096;
constexpr size_t kSignedHeadersMax = 64;
constexpr Duration kSkew = Seconds(15 * 60);
constexpr size_t kDateDigits = 8;

Error Incomplete(const std::string& why) {
  return Error(Code::kUnauthenticated, "signature_incomplete",
               "the Authorization header is not a complete " + std::string(kAlgorithm) +
                   " signature: " + why);
}

Error Wrong() {
  return Error(Code::kUnauthenticated, "signature_wrong",
               "the signature is not the one of this request");
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool AreDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// Trimmed, with runs of blanks as one.
std::string CollapseBlanks(std::string_view value) {
  std::string collapsed;
  for (const char c : value) {
    const bool blank = c == ' ' || c == '\t';
    if (blank && (collapsed.empty() || collapsed.back() == ' ')) continue;
    collapsed += blank ? ' ' : c;
  }
  if (!collapsed.empty() && collapsed.back() == ' ') collapsed.pop_back();
  return collapsed;
}

// Lower-case names; values of one name joined by commas, in order of arrival.
std::map<std::string, std::string> CanonicalHeaders(const HeaderList& headers) {
  std::map<std::string, std::string> canonical;
  for (const auto& [name, value] : headers) {
    const auto [at, fresh] = canonical.try_emplace(Lower(name), CollapseBlanks(value));
    if (!fresh) at->second += "," + CollapseBlanks(value);
  }
  return canonical;
}

// Each name and value decoded and encoded again, sorted by what comes out.
std::string CanonicalQuery(std::string_view query) {
  if (query.empty()) return "";
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const std::string_view parameter : Split(query, '&')) {
    if (parameter.empty()) continue;
    const size_t equals = std::min(parameter.find('='), parameter.size());
    const std::string_view name = parameter.substr(0, equals);
    const std::string_view value = parameter.substr(std::min(equals + 1, parameter.size()));
    const auto encode = [](std::string_view text) {
      const auto decoded = PercentDecode(text, /*plus_is_space=*/false);
      return PercentEncode(decoded ? *decoded : std::string(text));
    };
    parameters.emplace_back(encode(name), encode(value));
  }
  std::sort(parameters.begin(), parameters.end());
  std::string canonical;
  for (const auto& [name, value] : parameters) {
    if (!canonical.empty()) canonical += '&';
    canonical += name + "=" + value;
  }
  return canonical;
}

// Services but S3 encode the path, as it is on the wire, once more.
std::string CanonicalPath(std::string_view path, std::string_view service) {
  if (path.empty()) return "/";
  if (service == "s3") return std::string(path);
  return PercentEncode(path, /*keep_slash=*/true);
}

std::string Join(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) {
    if (!joined.empty()) joined += ';';
    joined += name;
  }
  return joined;
}

struct SigningScope {
  std::string_view date;  // "20261124"
  std::string_view region;
  std::string_view service;
  std::string Text() const {
    return std::string(date) + "/" + std::string(region) + "/" + std::string(service) +
           "/aws4_request";
  }
};

std::string SignatureOf(const SigV4Request& request,
                        const std::map<std::string, std::string>& headers,
                        const std::vector<std::string>& signed_headers,
                        std::string_view payload_hash, const SigningScope& scope,
                        std::string_view timestamp, std::string_view secret) {
  std::string canonical(request.method);
  canonical += "\n" + CanonicalPath(request.path, scope.service) + "\n";
  canonical += CanonicalQuery(request.query) + "\n";
  for (const std::string& name : signed_headers) canonical += name + ":" + headers.at(name) + "\n";
  canonical += "\n" + Join(signed_headers) + "\n";
  canonical += payload_hash;

  std::string to_sign(kAlgorithm);
  to_sign += "\n" + std::string(timestamp) + "\n" + scope.Text() + "\n";
  to_sign += HexEncode(crypto::Sha256(canonical));

  std::string key = crypto::HmacSha256("AWS4" + std::string(secret), scope.date);
  key = crypto::HmacSha256(key, scope.region);
  key = crypto::HmacSha256(key, scope.service);
  key = crypto::HmacSha256(key, "aws4_request");
  return HexEncode(crypto::HmacSha256(key, to_sign));
}

// Days since 1970 of a date of the Gregorian calendar ("chrono-Compatible Low-Level Date
// Algorithms", H. Hinnant: days_from_civil).
int64_t DaysFromCivil(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = year / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719468;
}

// "20261124T063804Z"
std::optional<Time> ParseTimestamp(std::string_view text) {
  const bool shaped = text.size() == 16 && text[8] == 'T' && text[15] == 'Z' &&
                      AreDigits(text.substr(0, 8)) && AreDigits(text.substr(9, 6));
  if (!shaped) return std::nullopt;
  const auto number = [&](size_t at, size_t size) { return *ParseDecimal(text.substr(at, size)); };
  const int64_t month = number(4, 2);
  const int64_t day = number(6, 2);
  if (month < 1 || month > 12 || day < 1 || day > 31 || number(9, 2) > 23) return std::nullopt;
  const int64_t seconds = DaysFromCivil(number(0, 4), month, day) * 86'400 + number(9, 2) * 3600 +
                          number(11, 2) * 60 + number(13, 2);
  return Time{} + Seconds(seconds);
}

std::string FormatTimestamp(Time now) {
  const std::string text = FormatTime(now);  // 2026-11-24T09:15:00.123456Z
  return text.substr(0, 4) + text.substr(5, 2) + text.substr(8, 5) + text.substr(14, 2) +
         text.substr(17, 2) + "Z";
}

Result<void> CheckWhatIsSigned(const std::vector<std::string>& signed_headers,
                               const std::map<std::string, std::string>& headers) {
  const auto is_signed = [&](const std::string& name) {
    return std::binary_search(signed_headers.begin(), signed_headers.end(), name);
  };
  for (const std::string& name : signed_headers) {
    if (headers.count(name) == 0) return Incomplete("header \"" + name + "\" is not there");
  }
  if (!is_signed("host")) return Incomplete("\"host\" is not signed");
  if (!is_signed("x-amz-date")) return Incomplete("\"x-amz-date\" is not signed");
  for (const auto& [name, value] : headers) {
    if (name.starts_with("x-amz-") && !is_signed(name)) {
      return Incomplete("\"" + name + "\" is not signed");
    }
  }
  return Ok();
}

// The hash that is signed; an error when the body has another.
Result<std::string> PayloadHash(const std::map<std::string, std::string>& headers,
                                const SigV4Request& request, bool unsigned_payload) {
  const auto sent = headers.find("x-amz-content-sha256");
  if (sent == headers.end()) return std::string(request.body_sha256);
  if (sent->second == kUnsignedPayload && unsigned_payload) return sent->second;
  if (sent->second == request.body_sha256) return sent->second;
  return Error(Code::kUnauthenticated, "payload_wrong",
               "x-amz-content-sha256 is not the hash of the body");
}

}  // namespace

Result<SigV4Authorization> ParseSigV4(std::string_view header) {
  if (header.size() > kHeaderBytesMax) return Incomplete("it is too long");
  if (!header.starts_with(kAlgorithm)) return Incomplete("it is of another algorithm");
  header.remove_prefix(kAlgorithm.size());
  if (header.empty() || header[0] != ' ') return Incomplete("it is of another algorithm");
  std::map<std::string_view, std::string_view> parts;
  for (std::string_view part : Split(header, ',')) {
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    const size_t equals = part.find('=');
    if (equals == part.npos) return Incomplete("a part has no \"=\"");
    if (!parts.emplace(part.substr(0, equals), part.substr(equals + 1)).second) {
      return Incomplete("a part is there twice");
    }
  }
  if (parts.size() != 3 || !parts.count("Credential") || !parts.count("SignedHeaders") ||
      !parts.count("Signature")) {
    return Incomplete("it needs Credential, SignedHeaders and Signature");
  }
  const auto credential = Split(parts["Credential"], '/');
  const bool shaped = credential.size() == 5 && !credential[0].empty() &&
                      credential[1].size() == kDateDigits && AreDigits(credential[1]) &&
                      !credential[2].empty() && !credential[3].empty() &&
                      credential[4] == "aws4_request";
  if (!shaped) return Incomplete("Credential is not KEY/DATE/REGION/SERVICE/aws4_request");

  SigV4Authorization authorization;
  authorization.access_key_id = credential[0];
  authorization.date = credential[1];
  authorization.region = credential[2];
  authorization.service = credential[3];
  for (const std::string_view name : Split(parts["SignedHeaders"], ';')) {
    const std::string lower = Lower(name);
    auto& names = authorization.signed_headers;
    if (name.empty() || lower != name) return Incomplete("SignedHeaders are not lower case");
    if (!names.empty() && names.back() >= lower) return Incomplete("SignedHeaders are not sorted");
    if (names.size() >= kSignedHeadersMax) return Incomplete("there are too many SignedHeaders");
    names.push_back(lower);
  }
  authorization.signature = parts["Signature"];
  const auto raw = HexDecode(authorization.signature);
  if (!raw || raw->size() != 32) return Incomplete("Signature is not 64 hexadecimal digits");
  return authorization;
}

Result<void> VerifySigV4(const SigV4Authorization& authorization, const SigV4Request& request,
                         const SigV4Expectation& expectation) {
  const auto headers = CanonicalHeaders(*request.headers);
  TRY(CheckWhatIsSigned(authorization.signed_headers, headers));
  const std::string& timestamp = headers.at("x-amz-date");
  const auto time = ParseTimestamp(timestamp);
  if (!time) return Incomplete("x-amz-date is not YYYYMMDDTHHMMSSZ");
  if (authorization.service != expectation.service || !timestamp.starts_with(authorization.date)) {
    return Wrong();
  }
  TRY_ASSIGN(const std::string payload_hash,
             PayloadHash(headers, request, expectation.unsigned_payload));
  const std::string signature =
      SignatureOf(request, headers, authorization.signed_headers, payload_hash,
                  {authorization.date, authorization.region, authorization.service}, timestamp,
                  expectation.secret);
  if (!crypto::ConstantTimeEquals(signature, authorization.signature)) return Wrong();
  if (*time + kSkew < expectation.now || expectation.now + kSkew < *time) {
    return Error(Code::kUnauthenticated, "signature_expired",
                 "the request was signed at " + FormatTime(*time) + ", more than 15 minutes from " +
                     FormatTime(expectation.now));
  }
  return Ok();
}

HeaderList SignSigV4(const SigV4Request& request, const SigV4Key& key, std::string_view region,
                     std::string_view service, Time now) {
  const std::string timestamp = FormatTimestamp(now);
  HeaderList added = {{"x-amz-date", timestamp},
                      {"x-amz-content-sha256", std::string(request.body_sha256)}};
  if (!key.session_token.empty()) added.emplace_back("x-amz-security-token", key.session_token);
  HeaderList all = *request.headers;
  all.insert(all.end(), added.begin(), added.end());
  const auto headers = CanonicalHeaders(all);
  std::vector<std::string> names;
  for (const auto& [name, value] : headers) names.push_back(name);
  const SigningScope scope{std::string_view(timestamp).substr(0, kDateDigits), region, service};
  const std::string signature =
      SignatureOf(request, headers, names, request.body_sha256, scope, timestamp, key.secret);
  added.emplace_back("Authorization", std::string(kAlgorithm) + " Credential=" + key.access_key_id +
                                          "/" + scope.Text() + ", SignedHeaders=" + Join(names) +
                                          ", Signature=" + signature);
  return added;
}

}  // namespace gantry::auth
