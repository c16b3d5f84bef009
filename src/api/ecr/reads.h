#pragma once

#include <optional>
#include <string>

#include "api/ecr/call.h"
#include "base/result.h"
#include "meta/images.h"
#include "meta/repository_key.h"

// What operations look up before they do anything.
namespace gantry::api::ecr {

// not_found/name_unknown
Result<void> RequireRepository(const Call& call, const meta::RepositoryKey& key);

// An ImageIdentifier of the input; what is absent is "".
struct ImageId {
  std::string digest;
  std::string tag;
};
ImageId ImageIdOf(json::Value value);

// The image of an identifier, or why there is none: a code of ECR's ImageFailure and its reason.
struct FoundImage {
  std::optional<meta::Image> image;
  const char* failure = "";
  std::string reason;
};
// not_found/name_unknown
Result<FoundImage> FindImage(const Call& call, const meta::RepositoryKey& key, const ImageId& id);
// The same, for operations with one image: `imageId` of the input. not_found/image_unknown,
// invalid_argument/parameter_invalid.
Result<meta::Image> RequireImage(const Call& call, const meta::RepositoryKey& key,
                                 const ImageId& id);

}  // namespace gantry::api::ecr
