#include "core/pace.h"

#include <algorithm>

namespace gantry::core {
namespace {

constexpr int64_t kBatchBusy = 20;
constexpr int64_t kBatchIdle = 100;
constexpr int64_t kRestBusy = 199;  // times the work
constexpr int64_t kRestIdle = 1;
constexpr Duration kIdleAfter = Seconds(1);
constexpr Duration kNapMax = Millis(100);

}  // namespace

Pace::Pace(const Clock& clock, const Traffic* traffic)
    : clock_(clock),
      traffic_(traffic),
      requests_seen_(traffic == nullptr ? 0 : traffic->requests()),
      seen_at_(clock.Monotonic()),
      begun_(seen_at_) {}

bool Pace::Busy() {
  if (traffic_ == nullptr) return false;
  const Time now = clock_.Monotonic();
  const int64_t requests = traffic_->requests();
  if (requests != requests_seen_) {
    requests_seen_ = requests;
    seen_at_ = now;
  }
  return now - seen_at_ < kIdleAfter;
}

int64_t Pace::Begin() {
  batch_ = Busy() ? kBatchBusy : kBatchIdle;
  begun_ = clock_.Monotonic();
  return batch_;
}

void Pace::Rest() {
  const Duration worked = clock_.Monotonic() - begun_;
  int64_t slept_micros = 0;
  for (;;) {
    const int64_t rest_micros = worked.micros * (Busy() ? kRestBusy : kRestIdle);
    if (slept_micros >= rest_micros) return;
    const int64_t nap_micros = std::min(rest_micros - slept_micros, kNapMax.micros);
    clock_.Sleep(Duration{nap_micros});
    slept_micros += nap_micros;
  }
}

}  // namespace gantry::core
