#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "api/oci/errors.h"
#include "api/oci/handlers.h"
#include "api/oci/range.h"
#include "api/oci/request.h"

namespace gantry::api::oci {
namespace {

namespace spec = ::gantry::oci;
using Taken = std::variant<std::unique_ptr<http::BodySink>, http::Response>;

// Status 202 of POST and PATCH, 204 of GET: where the upload goes on and how much of it is there.
// An empty upload is "0-0" by custom; there is no way to write an empty range.
http::Response UploadResponse(int status, const RepositoryPath& path, std::string_view id,
                              int64_t size) {
  http::Response response;
  response.status = status;
  response.Add("Location", path.Upload(id));
  response.Add("Range", "0-" + std::to_string(size > 0 ? size - 1 : 0));
  response.Add("Docker-Upload-UUID", id);
  return response;
}

http::Response CreatedResponse(const RepositoryPath& path, const spec::Digest& digest) {
  http::Response response;
  response.status = 201;
  response.Add("Location", path.Blob(digest.text()));
  response.Add("Docker-Content-Digest", digest.text());
  return response;
}

http::Response RangeMismatch(const RepositoryPath& path, const core::UploadHandle& upload,
                             int64_t first) {
  http::Response response = RenderError(
      Error(Code::kOutOfRange, "range_invalid",
            "the chunk begins at byte " + std::to_string(first) + ", but the upload has " +
                std::to_string(upload.size()) + " bytes; chunks must be sent in order"));
  response.Add("Location", path.Upload(upload.id()));
  response.Add("Range", "0-" + std::to_string(upload.size() > 0 ? upload.size() - 1 : 0));
  return response;
}

// The body of a PATCH, PUT or POST on its way into an upload.
class UploadSink final : public http::BodySink {
 public:
  // `declared`: how long Content-Range says the chunk is; -1: it does not say.
  // `digest`: the upload ends with this body and must have it; nullopt: more may follow.
  UploadSink(RepositoryPath path, std::unique_ptr<core::UploadHandle> upload, int64_t declared,
             std::optional<spec::Digest> digest)
      : path_(std::move(path)),
        upload_(std::move(upload)),
        declared_(declared),
        digest_(std::move(digest)) {}

  Result<void> Write(std::string_view bytes) override {
    received_ += static_cast<int64_t>(bytes.size());
    if (declared_ >= 0 && received_ > declared_) return LengthMismatch();
    return upload_->Append(bytes);
  }

  http::Response Finish() override {
    auto response = End();
    return response.ok() ? std::move(response).value() : RenderError(response.error());
  }

 private:
  Error LengthMismatch() const {
    return InvalidArgument("size_invalid", "Content-Range announces " + std::to_string(declared_) +
                                               " bytes, the body has " +
                                               (received_ > declared_ ? "more" : "") +
                                               (received_ < declared_ ? "fewer" : ""));
  }

  Result<http::Response> End() {
    if (declared_ >= 0 && received_ != declared_) return LengthMismatch();
    if (digest_) {
      TRY(upload_->Commit(*digest_));
      return CreatedResponse(path_, *digest_);
    }
    TRY(upload_->Flush());
    const std::string id = upload_->id();
    const int64_t size = upload_->size();
    upload_.reset();  // the client may continue as soon as it has the answer
    return UploadResponse(202, path_, id, size);
  }

  const RepositoryPath path_;
  std::unique_ptr<core::UploadHandle> upload_;
  const int64_t declared_;
  const std::optional<spec::Digest> digest_;
  int64_t received_ = 0;
};

Result<spec::Algorithm> AlgorithmParameter(const http::Request& request) {
  const auto text = request.Query("digest-algorithm");
  if (!text || *text == "sha256") return spec::Algorithm::kSha256;
  if (*text == "sha512") return spec::Algorithm::kSha512;
  return InvalidArgument("digest_unsupported", "digest algorithm \"" + *text +
                                                   "\" is not supported; use sha256 or sha512");
}

std::optional<http::Response> StartInline(const Services& services, const http::Request& request) {
  if (!request.query.empty() || request.content_length != 0) return std::nullopt;
  const auto repository = RepositoryOf(request);
  if (!repository.ok()) return RenderError(repository.error());
  const auto id = services.uploads.Start(*repository, spec::Algorithm::kSha256);
  if (!id.ok()) return RenderError(id.error());
  return UploadResponse(202, RepositoryPath(request), *id, 0);
}

Result<bool> Mount(const Services& services, const http::Request& request,
                   const meta::RepositoryKey& repository, const spec::Digest& digest) {
  std::optional<meta::RepositoryKey> from;
  if (const auto text = request.Query("from")) {
    TRY_ASSIGN(from, MountSourceOf(request, *text));
    if (!from) return false;
  }
  const auto may_pull = [&](const meta::RepositoryKey& source) {
    return services.may(request, iam::Action::kRepositoryPull,
                        iam::Resource::Repository(source.account_id(), source.name()));
  };
  return services.blobs.Mount(repository, digest, from, may_pull);
}

// POST: a mount, a whole blob (with `digest`), or the start of an upload.
Result<Taken> Start(const Services& services, const http::Request& request) {
  TRY_ASSIGN(const auto repository, RepositoryOf(request));
  TRY_ASSIGN(const auto mount, QueryDigest(request, "mount"));
  const RepositoryPath path(request);
  if (mount) {
    TRY_ASSIGN(const bool mounted, Mount(services, request, repository, *mount));
    if (mounted) return Taken(CreatedResponse(path, *mount));
  }
  TRY_ASSIGN(const auto digest, QueryDigest(request, "digest"));
  TRY_ASSIGN(const auto hint, AlgorithmParameter(request));
  TRY_ASSIGN(const auto id,
             services.uploads.Start(repository, digest ? digest->algorithm() : hint));
  if (!digest) return Taken(UploadResponse(202, path, id, 0));
  TRY_ASSIGN(auto upload, services.uploads.Acquire(repository, id, digest->algorithm()));
  return Taken(std::make_unique<UploadSink>(path, std::move(upload), -1, *digest));
}

// PATCH and PUT: a chunk in order, or the rest of a stream; with PUT the upload ends.
Result<Taken> Continue(const Services& services, const http::Request& request,
                       const std::optional<spec::Digest>& digest) {
  TRY_ASSIGN(const auto repository, RepositoryOf(request));
  std::optional<spec::Algorithm> algorithm;
  if (digest) algorithm = digest->algorithm();
  int64_t declared = -1;
  int64_t first = -1;
  if (const auto header = request.Header("Content-Range")) {
    TRY_ASSIGN(const ByteRange range, ParseContentRange(*header));
    first = range.first;
    declared = range.length;
  }
  TRY_ASSIGN(auto upload, services.uploads.Acquire(repository, request.Parameter("id"), algorithm));
  if (first >= 0 && first != upload->size())
    return Taken(RangeMismatch(RepositoryPath(request), *upload, first));
  return Taken(
      std::make_unique<UploadSink>(RepositoryPath(request), std::move(upload), declared, digest));
}

Result<Taken> Finish(const Services& services, const http::Request& request) {
  TRY_ASSIGN(const auto digest, QueryDigest(request, "digest"));
  if (!digest) {
    return InvalidArgument(
        "digest_invalid", "the last request of an upload needs ?digest=<digest of the whole blob>");
  }
  return Continue(services, request, digest);
}

Result<http::Response> Status(const Services& services, const http::Request& request) {
  TRY_ASSIGN(const auto repository, RepositoryOf(request));
  const std::string_view id = request.Parameter("id");
  TRY_ASSIGN(const int64_t size, services.uploads.Status(repository, id));
  return UploadResponse(204, RepositoryPath(request), id, size);
}

Result<http::Response> Cancel(const Services& services, const http::Request& request) {
  TRY_ASSIGN(const auto repository, RepositoryOf(request));
  TRY_ASSIGN(const auto upload, services.uploads.Acquire(repository, request.Parameter("id")));
  upload->Cancel();
  http::Response response;
  response.status = 204;
  return response;
}

http::UploadHandler HandleUpload(std::function<Result<Taken>(const http::Request&)> handler) {
  return [handler = std::move(handler)](http::Request& request) -> Taken {
    auto taken = handler(request);
    if (!taken.ok()) return RenderError(taken.error());
    return std::move(taken).value();
  };
}

http::Route PushRoute(http::Method method, const char* pattern, const char* name) {
  http::Route route;
  route.method = method;
  route.pattern = pattern;
  route.name = name;
  route.action = "repository:Push";
  return route;
}

}  // namespace

std::vector<http::Route> UploadRoutes(const Services& services) {
  constexpr auto kStart = "/v2/{name...}/blobs/uploads/";
  constexpr auto kUpload = "/v2/{name...}/blobs/uploads/{id}";
  std::vector<http::Route> routes;

  routes.push_back(PushRoute(http::Method::kPost, kStart, "upload_start"));
  routes.back().handler =
      HandleUpload([services](auto& request) { return Start(services, request); });
  routes.back().inline_handler = [services](auto& request) {
    return StartInline(services, request);
  };
  routes.push_back(routes.back());
  routes.back().pattern = "/v2/{name...}/blobs/uploads";

  routes.push_back(PushRoute(http::Method::kPatch, kUpload, "upload_chunk"));
  routes.back().handler =
      HandleUpload([services](auto& request) { return Continue(services, request, std::nullopt); });

  routes.push_back(PushRoute(http::Method::kPut, kUpload, "upload_finish"));
  routes.back().handler =
      HandleUpload([services](auto& request) { return Finish(services, request); });

  routes.push_back(PushRoute(http::Method::kGet, kUpload, "upload_status"));
  routes.back().handler = Handle([services](auto& request) { return Status(services, request); });

  routes.push_back(PushRoute(http::Method::kDelete, kUpload, "upload_cancel"));
  routes.back().handler = Handle([services](auto& request) { return Cancel(services, request); });
  return routes;
}

}  // namespace gantry::api::oci
