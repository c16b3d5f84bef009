#pragma once

#include <span>

#include "db/migrate.h"

namespace gantry::meta {

// All steps of the schema (src/meta/schema/*.sql), for db::Migrate.
std::span<const db::Migration> Migrations();

}  // namespace gantry::meta
