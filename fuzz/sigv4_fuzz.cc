// AWS signatures: the input is an Authorization header, a line feed, then lines "NAME: VALUE" of
// the request's headers, the first of which is the query. Nobody is believed without the secret,
// and what is signed here is believed.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "auth/sigv4.h"
#include "base/assert.h"

namespace {

using gantry::auth::HeaderList;

constexpr char kHash[] = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
constexpr gantry::Time kNow{1'795'502'280'000'000};

std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view header = TakeLine(text);
  const std::string_view query = TakeLine(text);
  HeaderList headers;
  while (!text.empty() && headers.size() < 60) {
    const std::string_view line = TakeLine(text);
    const size_t colon = line.find(':');
    if (colon == line.npos) continue;
    headers.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
  const gantry::auth::SigV4Request request{"POST", "/", query, &headers, kHash};
  const auto parsed = gantry::auth::ParseSigV4(header);
  if (parsed.ok()) {
    const auto verified = gantry::auth::VerifySigV4(
        *parsed, request, {"a secret that nobody has", parsed->service, kNow, true});
    GANTRY_ASSERT(!verified.ok());
  }

  HeaderList own = {{"host", "example.com"}};
  const gantry::auth::SigV4Request signing{"GET", "/a%20b", query, &own, kHash};
  const HeaderList added =
      gantry::auth::SignSigV4(signing, {"AKIA", "secret", ""}, "region", "ecr", kNow);
  own.insert(own.end(), added.begin(), added.end());
  const auto again = gantry::auth::ParseSigV4(own.back().second);
  GANTRY_ASSERT(again.ok());
  GANTRY_ASSERT(gantry::auth::VerifySigV4(*again, signing, {"secret", "ecr", kNow, false}).ok());
  return 0;
}
