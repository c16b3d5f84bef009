#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "db/db.h"
#include "retention/lifecycle.h"
#include "retention/repository_plan.h"

// A plan as it is shown and stored. lifecycle.cc decides when; this is what.
namespace gantry::retention {

PreviewImage MakePreviewImage(const RepositoryPlan& plan, uint32_t position);
// With the bytes that go: reads which manifest needs which blob.
Result<PreviewSummary> Summarize(db::Tx& tx, const RepositoryPlan& plan);
bool Wanted(const PreviewQuery& query, const PreviewImage& image);

// The stored form: JSON.
std::string WriteSummary(const PreviewSummary& summary);
Result<PreviewSummary> ReadSummary(std::string_view text);
std::string WriteImages(const std::vector<PreviewImage>& images);
Result<std::vector<PreviewImage>> ReadImages(std::string_view text);

}  // namespace gantry::retention
