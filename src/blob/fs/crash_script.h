#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "blob/blob_store.h"
#include "blob/fs/fs_blob_store.h"

namespace gantry::blob {

// A sequence of publishes, removals, uploads and checkpoints that a test runs while the file system
// breaks, and what must be true of the store afterwards.
class CrashScript {
 public:
  CrashScript();

  // Runs every step, also after one failed. A failure must have one of these reasons.
  void Run(FsBlobStore& store, const std::vector<std::string>& reasons_allowed);

  // Everything whose publish was acknowledged is there, and nothing is there that is not intact.
  void Check(BlobStore& store) const;
  // What was flushed is there; for a death of the process alone.
  void CheckUploads(BlobStore& store) const;
  // Every blob can be published, and is there then.
  void PublishAll(BlobStore& store);

 private:
  using Step = std::function<Result<void>(FsBlobStore&)>;

  struct Blob {
    std::string bytes;
    oci::Digest digest;
    bool acknowledged = false;
  };

  size_t AddBlob(size_t size);
  void AddPublish(size_t blob, bool flush = false);
  void AddRemove(size_t blob);
  void AddQuarantine(size_t blob);
  void AddCheckpoint();
  void AddUpload(size_t size);
  Result<void> Publish(BlobStore& store, Blob& blob, bool flush);
  std::string NewId();

  std::vector<Blob> blobs_;
  std::vector<Step> steps_;
  std::map<std::string, std::string> flushed_;  // upload id → bytes
  int64_t last_id_ = 0;
};

}  // namespace gantry::blob
