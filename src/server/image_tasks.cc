#include "server/image_tasks.h"

#include <memory>
#include <set>
#include <string>
#include <utility>

#include "core/pins.h"
#include "log/log.h"

namespace gantry::server {
namespace {

constexpr Duration kInterval = Seconds(60);

class PinTask {
 public:
  PinTask(const core::Store& store, metrics::Registry& registry)
      : pins_(store),
        logger_(store.logger),
        silent_(registry.AddGauge(
            "gantry_pin_sources_silent",
            "Sources of pins that have been silent for too long; their pins stay.")) {}

  Result<std::string> Run() {
    TRY_ASSIGN(const auto silent, pins_.Sweep());
    silent_.Set(static_cast<int64_t>(silent.size()));
    std::set<std::string> names;
    for (const auto& [account, source] : silent) {
      const std::string name = account + "/" + source.name;
      if (reported_.count(name) == 0) {
        log::Warning(logger_, "pin_source_silent")
            .Field("account", account)
            .Field("source", source.name)
            .Field("last_seen", FormatTime(source.last_seen_at));
      }
      names.insert(name);
    }
    reported_ = std::move(names);
    return std::string();
  }

 private:
  core::Pins pins_;
  log::Logger& logger_;
  metrics::Gauge& silent_;
  std::set<std::string> reported_;
};

}  // namespace

std::vector<jobs::Task> MakeImageTasks(const core::Store& store, core::Pulls& pulls,
                                       metrics::Registry& registry) {
  // Shared by the copies of the task's function.
  const auto pins = std::make_shared<PinTask>(store, registry);
  return {{"pulls", kInterval,
           [&pulls](const std::string&) -> Result<std::string> {
             TRY(pulls.Flush());
             return std::string();
           }},
          {"pins", kInterval, [pins](const std::string&) { return pins->Run(); }}};
}

}  // namespace gantry::server
