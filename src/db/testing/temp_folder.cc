#include "db/testing/temp_folder.h"

#include <cstdlib>
#include <filesystem>

#include "base/assert.h"

namespace gantry::db {

TempFolder::TempFolder() {
  path_ = (std::filesystem::temp_directory_path() / "gantry_db_XXXXXX").string();
  GANTRY_ASSERT(mkdtemp(path_.data()) != nullptr);
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace gantry::db
