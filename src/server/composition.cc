#include "server/composition.h"

#include <unistd.h>

#include <iterator>
#include <optional>
#include <utility>

#include "api/admin/errors.h"
#include "api/aws_request.h"
#include "api/ecr/errors.h"
#include "api/login/page.h"
#include "api/oci/errors.h"
#include "api/sts/errors.h"
#include "api/token/api.h"
#include "api/token/exchange.h"
#include "metrics/process.h"
#include "server/address.h"
#include "server/host_accounts.h"
#include "server/image_tasks.h"
#include "server/security_headers.h"
#include "server/store_metrics.h"
#include "server/tasks.h"

namespace gantry::server {
namespace {

constexpr size_t kSocketPathMax = 107;  // sockaddr_un::sun_path without its end

core::Settings CoreSettings(const Config& config) {
  core::Settings settings;
  settings.grace_period = config.storage.collection_grace_period;
  settings.trash_period = config.storage.trash_period;
  settings.upload_expiry = config.storage.upload_expiry;
  settings.allow_sparse_manifests = config.manifests.allow_sparse;
  return settings;
}

// Errors that arise outside of handlers, in the form that the clients of that path read.
http::Response RenderServerError(std::string_view path, const Error& error) {
  if (path == "/v2" || path.starts_with("/v2/")) return api::oci::RenderError(error);
  if (path.starts_with("/api/admin/")) return api::admin::RenderError(error);
  http::Response response;
  response.Add("Content-Type", "text/plain; charset=utf-8");
  response.body = error.message() + "\n";
  return response;
}

bool IsRegistryApi(const http::Exchange& exchange) {
  return exchange.route != nullptr && exchange.route->pattern.starts_with("/v2/");
}

// Of POST /, which speaks as ECR or as STS.
http::Response RenderAwsError(const http::Request& request, const Error& error) {
  const std::string id = api::AwsRequestId(request);
  return request.Header("X-Amz-Target") ? api::ecr::RenderError(error, id)
                                        : api::sts::RenderError(error, id);
}

// The control socket of a folder that this process has locked: one that is there was left behind.
Result<http::Listen> ListenOnControlSocket(const DataFolder& folder) {
  const std::string path = ControlSocket(folder.path());
  if (path.size() > kSocketPathMax) {
    return InvalidArgument("path_too_long",
                           "the path of the data folder is too long: its control socket " + path +
                               " must have at most " + std::to_string(kSocketPathMax) + " bytes");
  }
  unlink(path.c_str());
  return http::Listen{"unix:" + path, false};
}

http::Route MetricsRoute(const metrics::Registry& registry) {
  http::Route route;
  route.pattern = "/metrics";
  route.name = "metrics";
  route.handler = http::Handler([&registry](http::Request&) {
    http::Response response;
    response.Add("Content-Type", metrics::Registry::kContentType);
    response.Add("Cache-Control", "no-store");
    response.body = registry.Render();
    return response;
  });
  return route;
}

void AddServerMetrics(metrics::Registry& registry, const std::unique_ptr<http::Server>& server) {
  const auto add = [&](const char* name, const char* help, int64_t http::Server::Stats::*value) {
    registry.AddGauge(name, help, [&server, value] {
      return server ? static_cast<double>(server->stats().*value) : 0.0;
    });
  };
  add("gantry_http_connections", "Open connections.", &http::Server::Stats::connections);
  add("gantry_http_queue_depth", "Requests that wait for a worker.",
      &http::Server::Stats::queue_depth);
  add("gantry_http_workers_busy", "Workers that run a request.",
      &http::Server::Stats::workers_busy);
  add("gantry_http_memory_bytes", "Memory of the bodies in flight.",
      &http::Server::Stats::memory_bytes);
}

}  // namespace

Composition::Composition(const Config& config, log::Logger& logger)
    : config_(config), logger_(logger) {}

// The members go in reverse order; a scrub that is running stops after its blob.
Composition::~Composition() { stopping_.store(true); }

Result<std::unique_ptr<Composition>> Composition::Start(const Config& config,
                                                        const DataFolder& folder,
                                                        const Clock& clock, log::Logger& logger,
                                                        Mode mode) {
  std::unique_ptr<Composition> composition(new Composition(config, logger));
  TRY(composition->OpenStores(folder, clock));
  TRY(composition->StartServer(folder, clock, mode));
  if (mode == Mode::kServe) {
    TRY(composition->access_->StartAuditExports(config.audit, composition->metrics_));
    composition->StartTasks(clock);
  }
  return composition;
}

Result<void> Composition::OpenStores(const DataFolder& folder, const Clock& clock) {
  TRY_ASSIGN(stores_, Stores::Open(config_.database, folder, logger_));
  TRY_ASSIGN(registry_,
             Registry::Open(*stores_.db, *stores_.blobs, clock, logger_, CoreSettings(config_)));
  lifecycle_ = std::make_unique<LifecycleWork>(registry_->store(), registry_->manifests(),
                                               registry_->traffic(), stopping_);
  TRY_ASSIGN(access_,
             Access::Open(config_, folder, *stores_.db, registry_->store().ids, clock, logger_));
  return Ok();
}

std::vector<http::Route> Composition::MakeRoutes() {
  Guard& guard = access_->guard();
  guard.OnPull([&pulls = registry_->pulls()](std::string_view key, std::string_view digest,
                                             const iam::Principal& principal) {
    pulls.Note(key, digest, principal);
  });
  std::vector<http::Route> routes;
  const auto add = [&](std::vector<http::Route> some) {
    std::move(some.begin(), some.end(), std::back_inserter(routes));
  };
  add(guard.Protect(registry_->OciRoutes(guard.MayFunction()), api::oci::RenderError));
  add(guard.Protect(registry_->AdminRoutes(config_.data, access_->versions()),
                    api::admin::RenderError));
  add(guard.Protect(access_->AdminRoutes(registry_->listings(), registry_->store(), *lifecycle_),
                    api::admin::RenderError));
  add(guard.Protect(access_->TokenRoutes(), api::token::RenderError));
  add(guard.Protect(access_->LoginRoutes(), api::login::RenderError));
  add(guard.Protect(access_->ExchangeRoutes(), api::token::RenderExchangeError));
  add(guard.Protect(access_->AwsRoutes(*registry_, *lifecycle_), RenderAwsError));
  add(health_->Routes());
  routes.push_back(MetricsRoute(metrics_));
  return routes;
}

Result<void> Composition::StartServer(const DataFolder& folder, const Clock& clock, Mode mode) {
  health_ = std::make_unique<Health>(Health::Probes{[this] { return stores_.db->Ping(); },
                                                    [this]() -> Result<int64_t> {
                                                      TRY_ASSIGN(const blob::BlobStore::Space space,
                                                                 stores_.blobs->FreeSpace());
                                                      return space.free_bytes;
                                                    }},
                                     config_.readiness.free_bytes_min);
  std::vector<http::Route> routes = MakeRoutes();
  observer_ =
      std::make_unique<Observer>(Observer::Options{config_.log.access}, routes, metrics_, logger_);
  AddServerMetrics(metrics_, server_);
  AddStoreMetrics(metrics_, registry_->statistics(), registry_->uploads());
  metrics::AddProcessMetrics(metrics_, clock.Now());
  metrics_.AddGauge("gantry_build_info", "The version that runs.", {{"version", GANTRY_VERSION}})
      .Set(1);

  http::ServerOptions options;
  options.reactors = ReactorCount(config_);
  options.workers = config_.workers;
  options.limits = config_.http;
  TRY_ASSIGN(HostPatterns hosts, HostPatterns::Parse(config_.hosts));
  if (!hosts.empty()) {
    const AccountResolver resolve = [&directory = access_->directory()](std::string_view name) {
      return directory.Find(name);
    };
    options.on_request = [hosts = std::move(hosts), resolve](http::Request& request) {
      SelectAccount(hosts, resolve, request);
    };
  }
  options.on_response = AddSecurityHeaders;
  options.on_complete = [this](const http::Exchange& exchange) {
    if (IsRegistryApi(exchange)) registry_->traffic().Count();
    observer_->Observe(exchange);
  };
  options.render_error = RenderServerError;
  const bool tls = !config_.tls.certificate.empty();
  if (mode == Mode::kServe) {
    if (tls) options.tls = http::TlsFiles{config_.tls.certificate, config_.tls.key};
    for (const std::string& listen : config_.listen) {
      TRY_ASSIGN(const Address address, ParseAddress(listen));
      options.listen.push_back({address.ToString(), tls});
    }
  }
  TRY_ASSIGN(http::Listen control, ListenOnControlSocket(folder));
  options.listen.push_back(std::move(control));
  server_ = http::MakeServer(std::move(options), std::move(routes), clock, logger_);
  return server_->Start();
}

void Composition::StartTasks(const Clock& clock) {
  std::vector<jobs::Task> tasks =
      MakeTasks(config_.storage, registry_->collector(), registry_->scrubber(), metrics_, clock,
                logger_, stopping_);
  for (jobs::Task& task : lifecycle_->Tasks()) tasks.push_back(std::move(task));
  for (jobs::Task& task : MakeImageTasks(registry_->store(), registry_->pulls(), metrics_))
    tasks.push_back(std::move(task));
  scheduler_ = std::make_unique<jobs::Scheduler>(*stores_.db, clock, logger_, std::move(tasks));
  scheduler_->Start();
}

std::vector<std::string> Composition::addresses() const {
  std::vector<std::string> addresses = server_->addresses();
  addresses.pop_back();  // the control socket
  return addresses;
}

void Composition::Drain(Duration timeout) {
  stopping_.store(true);
  health_->StartDraining();
  server_->Drain(timeout);
}

}  // namespace gantry::server
