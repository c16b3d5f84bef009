#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "blob/blob_store.h"
#include "db/db.h"

// A database and a blob store that work until they are told to break. Threads: one.
namespace gantry::core {

// The database of `inner`, whose statements fail from a given one on, as when a server is lost.
class BreakingDb final : public db::Db {
 public:
  explicit BreakingDb(db::Db& inner) : inner_(inner) {}

  // Lets `statements` more succeed.
  void BreakAfter(int statements) {
    left_ = statements;
    broken_ = false;
  }
  // Whether a statement failed since BreakAfter.
  bool broken() const { return broken_; }

  Result<void> Write(db::TxFunction function) override {
    return inner_.Write([&](db::Tx& tx) { return Run(tx, function); });
  }
  Result<void> Read(db::TxFunction function) override {
    return inner_.Read([&](db::Tx& tx) { return Run(tx, function); });
  }
  Result<void> Ping() override { return inner_.Ping(); }
  std::string_view engine() const override { return inner_.engine(); }

 private:
  class BreakingTx final : public db::Tx {
   public:
    BreakingTx(BreakingDb& db, db::Tx& inner) : db_(db), inner_(inner) {}
    Result<int64_t> Execute(const db::Sql& sql, db::Arguments arguments) override {
      TRY(db_.Spend());
      return inner_.Execute(sql, arguments);
    }
    Result<void> Query(const db::Sql& sql, db::Arguments arguments,
                       db::RowCallback on_row) override {
      TRY(db_.Spend());
      return inner_.Query(sql, arguments, on_row);
    }
    Result<void> Script(const std::string& text) override {
      TRY(db_.Spend());
      return inner_.Script(text);
    }

   private:
    BreakingDb& db_;
    db::Tx& inner_;
  };

  Result<void> Spend() {
    if (left_-- > 0) return Ok();
    broken_ = true;
    return Unavailable("database_unavailable", "the database is gone");
  }

  // A transaction in which a statement failed is spoiled, whatever the function makes of it.
  Result<void> Run(db::Tx& tx, db::TxFunction function) {
    BreakingTx breaking(*this, tx);
    TRY(function(breaking));
    if (broken_) return Unavailable("database_unavailable", "the database is gone");
    return Ok();
  }

  db::Db& inner_;
  int left_ = 0;
  bool broken_ = false;
};

// The blobs of `inner`; opening one fails while it is broken.
class BreakingBlobStore final : public blob::BlobStore {
 public:
  explicit BreakingBlobStore(blob::BlobStore& inner) : inner_(inner) {}

  void Break(bool broken) { broken_ = broken; }

  Result<std::unique_ptr<blob::BlobWriter>> StartUpload(const std::string& id,
                                                        oci::Algorithm expected) override {
    return inner_.StartUpload(id, expected);
  }
  Result<std::optional<std::unique_ptr<blob::BlobWriter>>> ResumeUpload(
      const std::string& id, oci::Algorithm expected) override {
    TRY(Check());
    return inner_.ResumeUpload(id, expected);
  }
  Result<void> ListUploads(FunctionRef<void(const std::string& id, Time changed)> visit) override {
    return inner_.ListUploads(visit);
  }
  Result<void> RemoveUpload(const std::string& id) override { return inner_.RemoveUpload(id); }
  Result<std::optional<std::shared_ptr<const blob::BlobReader>>> Open(const oci::Digest& digest,
                                                                      int64_t size) override {
    TRY(Check());
    return inner_.Open(digest, size);
  }
  Result<void> RemoveAll(std::span<const oci::Digest> digests) override {
    return inner_.RemoveAll(digests);
  }
  Result<void> List(
      const std::optional<oci::Digest>& after,
      FunctionRef<bool(const oci::Digest&, int64_t size, Time changed)> visit) override {
    return inner_.List(after, visit);
  }
  Result<void> Quarantine(const oci::Digest& digest) override { return inner_.Quarantine(digest); }
  Result<Space> FreeSpace() override { return inner_.FreeSpace(); }

 private:
  Result<void> Check() const {
    if (broken_) return Unavailable("store_unavailable", "the store is gone");
    return Ok();
  }

  blob::BlobStore& inner_;
  bool broken_ = false;
};

}  // namespace gantry::core
