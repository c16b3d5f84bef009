#include "core/backup.h"

#include <string>
#include <utility>
#include <vector>

#include "crypto/random.h"
#include "meta/blobs.h"
#include "meta/copy.h"
#include "meta/counters.h"
#include "meta/trash.h"

namespace gantry::core {
namespace {

constexpr int64_t kBatch = 200;
constexpr size_t kPieceBytes = 1 << 20;
constexpr Duration kHold = Hours(24);

// Keeps blobs in the store while it lives.
class Hold {
 public:
  static Result<Hold> Take(const Store& store) {
    const int64_t id = store.ids.Next<meta::TrashId>().value;
    TRY(store.db.Write(
        [&](db::Tx& tx) { return meta::InsertHold(tx, id, "backup", store.clock.Now() + kHold); }));
    return Hold(store, id);
  }
  Hold(Hold&& other) noexcept : store_(other.store_), id_(std::exchange(other.id_, 0)) {}
  int64_t id() const { return id_; }
  ~Hold() {
    if (id_ == 0) return;
    const auto released = store_.db.Write([&](db::Tx& tx) { return meta::DeleteHold(tx, id_); });
    if (!released.ok()) {  // it ends by itself after a day
      log::Warning(store_.logger, "hold_kept").Field("error", released.error().ToString());
    }
  }

 private:
  Hold(const Store& store, int64_t id) : store_(store), id_(id) {}
  const Store& store_;
  int64_t id_;
};

Result<void> CopyBlob(blob::BlobStore& from, blob::BlobStore& to, const meta::Blob& blob) {
  TRY_ASSIGN(const auto there, to.Open(blob.digest, blob.size));
  if (there) return Ok();
  TRY_ASSIGN(const auto source, from.Open(blob.digest, blob.size));
  if (!source) {
    return Corruption("blob_missing",
                      "the bytes of blob " + blob.digest.text() + " are missing; run gantry scrub");
  }
  TRY_ASSIGN(const auto writer, to.StartUpload(crypto::RandomHex(16), blob.digest.algorithm()));
  std::string piece;
  for (int64_t offset = 0; offset < blob.size; offset += static_cast<int64_t>(piece.size())) {
    piece.clear();
    TRY((*source)->Read(offset, kPieceBytes, piece));
    if (piece.empty()) break;
    TRY(writer->Append(piece));
  }
  TRY_ASSIGN(const auto actual, writer->ComputeDigest(blob.digest.algorithm()));
  if (actual != blob.digest) {
    writer->Release();
    return Corruption("blob_damaged", "the stored bytes of blob " + blob.digest.text() +
                                          " have the digest " + actual.text() +
                                          "; run gantry scrub, then try again");
  }
  TRY(writer->Publish(blob.digest));
  writer->Release();
  return Ok();
}

}  // namespace

Result<BackupProgress> CopyStore(const Store& from, db::Db& to_db, blob::BlobStore& to_blobs,
                                 const std::function<void(const BackupProgress&)>& on_progress) {
  BackupProgress done;
  TRY_ASSIGN(const Hold hold, Hold::Take(from));
  TRY(meta::CopyAll(from.db, to_db, [&](const meta::CopyProgress& progress) {
    done.rows = progress.rows;
    if (on_progress) on_progress(done);
  }));
  TRY(to_db.Write([&](db::Tx& tx) { return meta::DeleteHold(tx, hold.id()); }));
  TRY(to_db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(done.blob_bytes_total, meta::SumCounter(tx, meta::Counter::kBlobBytes));
    return Ok();
  }));
  std::string after;
  for (;;) {
    std::vector<meta::Blob> batch;
    TRY(to_db.Read([&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(batch, meta::ListBlobs(tx, after, kBatch));
      return Ok();
    }));
    if (batch.empty()) return done;
    for (const auto& blob : batch) {
      if (blob.state != meta::BlobState::kPresent) continue;
      TRY(CopyBlob(from.blobs, to_blobs, blob));
      ++done.blobs;
      done.blob_bytes += blob.size;
      if (on_progress) on_progress(done);
    }
    after = batch.back().digest.text();
  }
}

}  // namespace gantry::core
