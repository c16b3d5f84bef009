#include "kube/image.h"

#include <algorithm>
#include <utility>

namespace gantry::kube {
namespace {

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

// As docker has it: plain HTTP for the loopback only.
bool IsLoopback(std::string_view host) {
  return host == "localhost" || host.starts_with("localhost:") || host.starts_with("127.") ||
         host.starts_with("[::1]");
}

// "://" and what stands before it, removed from `text`.
std::string_view TakeScheme(std::string_view& text) {
  const size_t at = text.find("://");
  if (at == std::string_view::npos) return "";
  const std::string_view scheme = text.substr(0, at);
  text.remove_prefix(at + 3);
  return scheme;
}

}  // namespace

Result<Registries> Registries::Make(const std::vector<std::string>& names) {
  std::vector<Registry> all;
  for (const std::string& name : names) {
    std::string_view rest = name;
    const std::string_view scheme = TakeScheme(rest);
    const size_t slash = rest.find('/');
    Registry registry;
    registry.host = LowerCase(rest.substr(0, slash));
    const std::string_view path = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
    registry.prefix = path.empty() || path.ends_with('/') ? path : std::string(path) + "/";
    const bool plain = scheme == "http" || (scheme.empty() && IsLoopback(registry.host));
    if (registry.host.empty() || (!scheme.empty() && scheme != "http" && scheme != "https"))
      return InvalidArgument("registry_invalid", "\"" + name + "\" is no registry's host name");
    registry.url = (plain ? "http://" : "https://") + registry.host;
    all.push_back(std::move(registry));
  }
  if (all.empty()) {
    return InvalidArgument("registry_invalid",
                           "which registry? Give the host name that images have by --registry");
  }
  return Registries(std::move(all));
}

std::optional<Image> Registries::Find(std::string_view image) const {
  const size_t slash = image.find('/');
  if (slash == std::string_view::npos) return std::nullopt;  // of Docker Hub
  const std::string host = LowerCase(image.substr(0, slash));
  const std::string_view path = image.substr(slash + 1);
  for (size_t i = 0; i < all_.size(); ++i) {
    if (all_[i].host != host || !path.starts_with(all_[i].prefix)) continue;
    std::string_view name = path.substr(all_[i].prefix.size());
    const size_t at = name.find('@');
    const std::string_view digest_text = at == std::string_view::npos ? "" : name.substr(at + 1);
    name = name.substr(0, at);
    const size_t colon = name.find(':');
    const std::string_view tag_text =
        colon == std::string_view::npos ? "latest" : name.substr(colon + 1);
    auto repository = oci::RepositoryName::Parse(name.substr(0, colon));
    if (!repository.ok()) return std::nullopt;
    Image found{i, std::move(repository).value(), std::nullopt, std::nullopt};
    if (at != std::string_view::npos) {
      auto digest = oci::Digest::Parse(digest_text);
      if (!digest.ok()) return std::nullopt;
      found.digest = std::move(digest).value();
      return found;
    }
    auto tag = oci::Tag::Parse(tag_text);
    if (!tag.ok()) return std::nullopt;
    found.tag = std::move(tag).value();
    return found;
  }
  return std::nullopt;
}

std::optional<Image> Registries::FindRunning(std::string_view image,
                                             std::string_view image_id) const {
  TakeScheme(image_id);
  auto named = Find(image);
  auto reported = image_id.find('@') == std::string_view::npos ? std::nullopt : Find(image_id);
  if (!named) return reported;
  if (auto digest = DigestOfImageId(image_id)) {
    named->digest = std::move(digest);
    named->tag.reset();
  }
  return named;
}

std::string Registries::ManifestUrl(const Image& image) const {
  const Registry& registry = all_[image.registry];
  return registry.url + "/v2/" + registry.prefix + image.repository.text() + "/manifests/" +
         (image.digest ? image.digest->text() : image.tag->text());
}

std::optional<oci::Digest> DigestOfImageId(std::string_view image_id) {
  const size_t at = image_id.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  auto digest = oci::Digest::Parse(image_id.substr(at + 1));
  if (!digest.ok()) return std::nullopt;
  return std::move(digest).value();
}

}  // namespace gantry::kube
