#pragma once

#include <memory>
#include <string>

#include "io/file_system.h"

namespace gantry::io {

// The kernel's files under `directory`, which is made (with its parents) when it is missing.
// Not found in errors: the whole path of the directory is in their text.
Result<std::unique_ptr<FileSystem>> OpenPosixFileSystem(const std::string& directory);

}  // namespace gantry::io
