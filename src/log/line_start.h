#pragma once

#include <string>
#include <string_view>

#include "log/log.h"

namespace gantry::log {

// Appends what every line begins with: the brace, the time of now, the level, the event.
void AppendLineStart(std::string& out, Level level, std::string_view event);

}  // namespace gantry::log
