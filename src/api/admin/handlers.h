#pragma once

#include <span>

#include "api/admin/call.h"

// The tables of the subjects, one file each.
namespace gantry::api::admin {

std::span<const Row> AccessKeyRows();
std::span<const Row> AccountRows();
std::span<const Row> AuditRows();
std::span<const Row> BindingRows();
std::span<const Row> GroupRows();
std::span<const Row> LifecycleRows();
std::span<const Row> ImmutabilityRows();
std::span<const Row> MeRows();
std::span<const Row> PinRows();
std::span<const Row> PolicyRows();
std::span<const Row> ProjectRows();
std::span<const Row> QuestionRows();
std::span<const Row> RepositoryRows();
std::span<const Row> RepositorySettingsRows();
std::span<const Row> RobotRows();
std::span<const Row> RoleRows();
std::span<const Row> SessionRows();
std::span<const Row> TrustRows();
std::span<const Row> UserRows();

}  // namespace gantry::api::admin
