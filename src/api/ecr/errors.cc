#include "api/ecr/errors.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "json/writer.h"

namespace gantry::api::ecr {
namespace {

struct Row {
  std::string_view reason;
  std::string_view exception;
  int status = 400;
};

constexpr Row kReasons[] = {
    {"account_unknown", "UnrecognizedClientException", 403},
    {"backfill_unknown", "ReplicationBackfillNotFoundException"},
    {"body_invalid", "SerializationException"},
    {"empty_upload", "EmptyUploadException"},
    {"exclusion_exists", "ExclusionAlreadyExistsException"},
    {"exclusion_unknown", "ExclusionNotFoundException"},
    {"image_digest_mismatch", "ImageDigestDoesNotMatchException"},
    {"image_exists", "ImageAlreadyExistsException"},
    {"image_type_unsupported", "UnsupportedImageTypeException"},
    {"image_unknown", "ImageNotFoundException"},
    {"layer_exists", "LayerAlreadyExistsException"},
    {"layer_invalid", "InvalidLayerException"},
    {"layer_part_invalid", "InvalidLayerPartException"},
    {"layers_unknown", "LayersNotFoundException"},
    {"lifecycle_policy_unknown", "LifecyclePolicyNotFoundException"},
    {"lifecycle_preview_running", "LifecyclePolicyPreviewInProgressException"},
    {"lifecycle_preview_unknown", "LifecyclePolicyPreviewNotFoundException"},
    {"limit_exceeded", "LimitExceededException"},
    {"name_unknown", "RepositoryNotFoundException"},
    {"operation_unknown", "UnknownOperationException", 404},
    {"payload_wrong", "InvalidSignatureException", 403},
    {"policy_too_large", "InvalidParameterException"},
    {"pull_through_rule_exists", "PullThroughCacheRuleAlreadyExistsException"},
    {"pull_through_rule_unknown", "PullThroughCacheRuleNotFoundException"},
    {"referenced_images_unknown", "ReferencedImagesNotFoundException"},
    {"registry_policy_unknown", "RegistryPolicyNotFoundException"},
    {"repository_exists", "RepositoryAlreadyExistsException"},
    {"repository_not_empty", "RepositoryNotEmptyException"},
    {"repository_policy_unknown", "RepositoryPolicyNotFoundException"},
    {"scan_unknown", "ScanNotFoundException"},
    {"signature_expired", "InvalidSignatureException", 403},
    {"signature_incomplete", "IncompleteSignatureException", 403},
    {"signature_missing", "MissingAuthenticationTokenException", 403},
    {"signature_wrong", "InvalidSignatureException", 403},
    {"signing_configuration_unknown", "SigningConfigurationNotFoundException"},
    {"storage_class_unsupported", "ImageStorageClassUpdateNotSupportedException"},
    {"tag_immutable", "ImageTagAlreadyExistsException"},
    {"tag_parameter_invalid", "InvalidTagParameterException"},
    {"template_exists", "TemplateAlreadyExistsException"},
    {"template_unknown", "TemplateNotFoundException"},
    {"token_expired", "ExpiredTokenException", 403},
    {"too_many_labels", "TooManyTagsException"},
    {"too_many_uploads", "LimitExceededException"},
    {"upload_unknown", "UploadNotFoundException"},
    {"upstream_unsupported", "UnsupportedUpstreamRegistryException"},
    {"validation_failed", "ValidationException"},
};

// Of reasons that are not in the table.
Row RowOf(const Error& error) {
  const auto* found = std::find_if(std::begin(kReasons), std::end(kReasons),
                                   [&](const Row& row) { return row.reason == error.reason(); });
  if (found != std::end(kReasons)) return *found;
  switch (error.code()) {
    case Code::kUnauthenticated:
      return {"", "UnrecognizedClientException", 403};
    case Code::kPermissionDenied:
      return {"", "AccessDeniedException", 403};
    case Code::kInvalidArgument:
    case Code::kOutOfRange:
    case Code::kFailedPrecondition:
      return {"", "InvalidParameterException"};
    case Code::kTooLarge:
      return {"", "SerializationException"};
    case Code::kConflict:
    case Code::kResourceExhausted:
      return {"", "ThrottlingException"};  // clients try again
    default:
      return {"", "ServerException", 500};
  }
}

}  // namespace

http::Response RenderError(const Error& error, std::string_view request_id) {
  const Row row = RowOf(error);
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  writer.Key("__type").String(row.exception);
  // What went wrong inside is for the log.
  writer.Key("message").String(row.status == 500 ? "something went wrong in the registry"
                                                 : error.message());
  // The only exception that has more members; they come as numbers and texts.
  if (row.reason == "layer_part_invalid") {
    for (const auto& [key, value] : error.detail()) {
      writer.Key(key);
      if (key == "lastValidByteReceived") {
        writer.Raw(value);
      } else {
        writer.String(value);
      }
    }
  }
  writer.EndObject();
  http::Response response;
  response.status = row.status;
  response.Add("Content-Type", "application/x-amz-json-1.1");
  response.Add("x-amzn-RequestId", request_id);
  response.body = std::move(body);
  return response;
}

std::string InRegistry(const Call& call) {
  return "in the registry with id '" + std::string(call.account.text()) + "'";
}

std::string RepositoryText(const Call& call) {
  return "the repository with name '" + call.repository + "' " + InRegistry(call);
}

Error RepositoryNotFound(const Call& call) {
  return NotFound("name_unknown", "The repository with name '" + call.repository +
                                      "' does not exist " + InRegistry(call));
}

std::string ImageIdText(std::string_view digest, std::string_view tag) {
  const auto shown = [](std::string_view text) {
    return "'" + (text.empty() ? "null" : std::string(text)) + "'";
  };
  return "{imageDigest:" + shown(digest) + ", imageTag:" + shown(tag) + "}";
}

Error ImageNotFound(const Call& call, std::string_view digest, std::string_view tag) {
  return NotFound("image_unknown", "The image with imageId " + ImageIdText(digest, tag) +
                                       " does not exist within " + RepositoryText(call));
}

Error ValidationFailed(std::string message) {
  return InvalidArgument("validation_failed", std::move(message));
}

}  // namespace gantry::api::ecr
