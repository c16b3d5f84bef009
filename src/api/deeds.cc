#include "api/deeds.h"

#include <utility>

namespace gantry::api {

void SetDeeds(http::Request& request, std::vector<Deed> deeds) {
  request.deeds = std::make_shared<const std::vector<Deed>>(std::move(deeds));
}

const std::vector<Deed>* DeedsOf(const http::Request& request) {
  return static_cast<const std::vector<Deed>*>(request.deeds.get());
}

}  // namespace gantry::api
