#pragma once

#include <string>
#include <string_view>

#include "api/ecr/call.h"
#include "base/clock.h"
#include "base/result.h"
#include "json/writer.h"
#include "meta/images.h"
#include "meta/repositories.h"
#include "meta/repository_settings.h"

// The structures of answers. What is "" or none is left out.
namespace gantry::api::ecr {

// Seconds since 1970 as a number with milliseconds: clients in JavaScript and Go refuse texts.
void WriteTime(json::Writer& writer, std::string_view name, Time time);
void WriteText(json::Writer& writer, std::string_view name, std::string_view text);
// `registryId` and `repositoryName`
void WriteHead(const Call& call, json::Writer& writer);

// The value of an ImageIdentifier.
void WriteImageId(json::Writer& writer, std::string_view digest, std::string_view tag);
// The members of an ImageDetail without scan results.
void WriteImageDetail(const Call& call, const meta::Image& image, json::Writer& writer);

// The value of a Repository.
struct DescribedRepository {
  std::string name;
  Time created_at;
  meta::RepositorySettings settings;
};
void WriteRepository(const Call& call, const DescribedRepository& repository, json::Writer& writer);
void WriteMutability(const meta::RepositorySettings& settings, json::Writer& writer);

}  // namespace gantry::api::ecr
