#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/file_system.h"

namespace gantry::audit {

// Makes `name` a new file that holds the first `prefix_size` bytes of the old one, if any, and then
// `tail`. Durable, and atomic: after an error or a crash the old file is there, or the new one.
// A file whose sync failed is trusted again after this, as far as `prefix_size` was synced before.
// One call at a time for a name.
Result<std::unique_ptr<io::File>> ReplaceFile(io::FileSystem& fs, const std::string& name,
                                              int64_t prefix_size, std::string_view tail);

// Removes what a crash left half made: the files NAME.new. Before the log is opened.
Result<void> RemoveUnfinished(io::FileSystem& fs);

}  // namespace gantry::audit
