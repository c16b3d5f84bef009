#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "io/file_system.h"

namespace gantry::io {

// A file system in memory that breaks on command, for tests (after LevelDB's fault_injection_test).
// It knows what was synced and promises no more than POSIX does: contents are durable after
// SyncData of the file, a name after SyncDirectory of its directory, everything after SyncAll. What
// a failed sync did not write is lost even though the next sync reports success.
//
// Every call that changes something is a write point, counted from 1. A test runs its script once
// for each n with CrashAt(n) or FailAt(n), until WritePoints() < n.
// Threads: all methods from any thread.
class FaultFileSystem final : public FileSystem {
 public:
  enum class Fault { kDiskFull, kIoError };
  // What a power loss leaves of that which was not synced.
  enum class Unsynced {
    kDrop,    // nothing
    kKeep,    // everything: only the process died
    kRandom,  // any part: of names each for itself, of contents sector by sector
  };

  // Gives files their times; outlives this.
  explicit FaultFileSystem(const Clock& clock) : clock_(clock) {}
  ~FaultFileSystem() override;

  // Write points passed so far.
  int64_t WritePoints() const;
  // At the n-th write point from now a write is half done, anything else not at all; that call and
  // every later one fails until PowerLoss.
  void CrashAt(int64_t n);
  // From the n-th write point from now on, `times` calls fail: with kDiskFull those that need space
  // (a write is half done), with kIoError those that write or sync.
  void FailAt(int64_t n, Fault fault, int64_t times);
  void StopFailing();

  // The machine stops and starts again. Files that were open are of no use any more.
  // REQUIRES: no other thread is in a call.
  void PowerLoss(Unsynced unsynced, uint64_t seed = 0);

  // Flips a bit of a byte as a decaying medium would. REQUIRES: the file is that long.
  void Rot(const std::string& path, int64_t offset);
  // The paths of all files.
  std::vector<std::string> AllFiles() const;

  Result<std::optional<std::unique_ptr<File>>> Open(const std::string& path,
                                                    OpenMode mode) override;
  Result<std::unique_ptr<File>> Create(const std::string& path) override;
  Result<std::optional<FileInfo>> Stat(const std::string& path) override;
  Result<bool> Link(const std::string& from, const std::string& to) override;
  Result<void> Rename(const std::string& from, const std::string& to) override;
  Result<bool> Remove(const std::string& path) override;
  Result<bool> MakeDirectory(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& directory) override;
  Result<void> SyncDirectory(const std::string& directory) override;
  Result<void> SyncAll() override;
  Result<Space> FreeSpace() override;

 private:
  class OpenFile;
  struct Node;
  using NodePointer = std::shared_ptr<Node>;
  using Names = std::map<std::string, NodePointer>;

  // A file or a directory: how it looks now, and how it would look after a power loss.
  struct Node {
    bool is_directory = false;
    std::string contents, durable_contents;
    bool contents_lost = false;  // a sync failed: later ones do not help
    Names names, durable_names;
    std::set<std::string> names_lost;
    Time changed;
    int64_t links = 1;
  };

  enum class Need { kSpace, kNoSpace };

  // A node and the name in it; nullopt: a directory of the path is missing.
  struct Place {
    NodePointer directory;
    std::string name;
    NodePointer node;  // nullptr: no such name
  };

  Result<void> WritePoint(Need need) REQUIRES_LOCK(mutex_);
  Result<void> CheckAlive() const REQUIRES_LOCK(mutex_);
  Result<Place> Find(const std::string& path) const REQUIRES_LOCK(mutex_);
  Result<NodePointer> FindDirectory(const std::string& path) const REQUIRES_LOCK(mutex_);
  static void SetName(Node& directory, const std::string& name, NodePointer node);
  // A sync that `fails` loses what it was to write.
  static void SyncNames(Node& node, bool fails);
  static void SyncContents(Node& node, bool fails);
  void LoseUnsynced(Node& node, Unsynced unsynced, std::set<Node*>& visited) REQUIRES_LOCK(mutex_);

  const Clock& clock_;
  mutable Mutex mutex_;
  NodePointer root_ GUARDED_BY(mutex_) = MakeRoot();
  int64_t points_ GUARDED_BY(mutex_) = 0;
  std::optional<int64_t> crash_at_ GUARDED_BY(mutex_);
  bool crashed_ GUARDED_BY(mutex_) = false;
  int64_t life_ GUARDED_BY(mutex_) = 0;  // of the machine; a file of an earlier one is dead
  int64_t fail_at_ GUARDED_BY(mutex_) = 0;
  int64_t failures_left_ GUARDED_BY(mutex_) = 0;
  Fault fault_ GUARDED_BY(mutex_) = Fault::kIoError;
  std::mt19937_64 random_ GUARDED_BY(mutex_);

  static NodePointer MakeRoot();
};

}  // namespace gantry::io
