#include "server/offline.h"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/clock.h"
#include "log/log.h"
#include "server/composition.h"
#include "server/data_folder.h"

namespace gantry::server {
namespace {

class Offline final : public cli::OfflineServer {
 public:
  explicit Offline(std::unique_ptr<DataFolder> folder) : folder_(std::move(folder)) {}

  Result<void> Start(const Config& config) {
    TRY_ASSIGN(composition_,
               Composition::Start(config, *folder_, clock_, logger_, Composition::Mode::kOffline));
    return Ok();
  }

 private:
  const SystemClock clock_;
  log::Logger logger_{STDERR_FILENO, log::Level::kWarning};
  const std::unique_ptr<DataFolder> folder_;
  std::unique_ptr<Composition> composition_;
};

}  // namespace

Result<std::unique_ptr<cli::OfflineServer>> ServeOffline(const Config& config) {
  umask(077);
  TRY_ASSIGN(auto folder, DataFolder::Lock(config.data));
  auto offline = std::make_unique<Offline>(std::move(folder));
  TRY(offline->Start(config));
  return std::unique_ptr<cli::OfflineServer>(std::move(offline));
}

}  // namespace gantry::server
