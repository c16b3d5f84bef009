#include "io/fault_file_system.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <utility>

#include "base/assert.h"

namespace gantry::io {
namespace {

constexpr size_t kSector = 512;

Error Crashed() { return Unavailable("crashed", "the machine has stopped"); }

}  // namespace

// Keeps the node alive after its last name is gone, as the kernel does.
class FaultFileSystem::OpenFile final : public File {
 public:
  OpenFile(FaultFileSystem& fs, NodePointer node, int64_t life)
      : fs_(fs), node_(std::move(node)), life_(life) {}

  int fd() const override { return -1; }

  Result<FileInfo> Stat() const override {
    MutexLock lock(fs_.mutex_);
    TRY(CheckAlive());
    return FileInfo{static_cast<int64_t>(node_->contents.size()), node_->changed, node_->links};
  }

  Result<void> ReadAt(int64_t offset, size_t max, std::string& out) const override {
    MutexLock lock(fs_.mutex_);
    TRY(CheckAlive());
    const auto from = static_cast<size_t>(offset);
    if (from < node_->contents.size()) out.append(node_->contents, from, max);
    return Ok();
  }

  Result<void> WriteAt(int64_t offset, std::string_view bytes) override {
    MutexLock lock(fs_.mutex_);
    TRY(CheckAlive());
    const Result<void> permitted = fs_.WritePoint(Need::kSpace);
    if (!permitted.ok()) bytes = bytes.substr(0, bytes.size() / 2);
    const auto from = static_cast<size_t>(offset);
    std::string& contents = node_->contents;
    contents.resize(std::max(contents.size(), from + bytes.size()));
    std::copy(bytes.begin(), bytes.end(), contents.begin() + offset);
    node_->changed = fs_.clock_.Now();
    return permitted;
  }

  Result<void> Reserve(int64_t size) override {
    MutexLock lock(fs_.mutex_);
    TRY(CheckAlive());
    TRY(fs_.WritePoint(Need::kSpace));
    node_->contents.resize(std::max(node_->contents.size(), static_cast<size_t>(size)));
    return Ok();
  }

  Result<void> SyncData() override {
    MutexLock lock(fs_.mutex_);
    TRY(CheckAlive());
    const Result<void> permitted = fs_.WritePoint(Need::kNoSpace);
    SyncContents(*node_, !permitted.ok());
    return permitted;
  }

  void StartWriteback(int64_t, int64_t) override {}

 private:
  Result<void> CheckAlive() const REQUIRES_LOCK(fs_.mutex_) {
    if (life_ != fs_.life_) return Crashed();
    return fs_.CheckAlive();
  }

  FaultFileSystem& fs_;
  const NodePointer node_;
  const int64_t life_;
};

FaultFileSystem::~FaultFileSystem() = default;

FaultFileSystem::NodePointer FaultFileSystem::MakeRoot() {
  auto root = std::make_shared<Node>();
  root->is_directory = true;
  return root;
}

int64_t FaultFileSystem::WritePoints() const {
  MutexLock lock(mutex_);
  return points_;
}

void FaultFileSystem::CrashAt(int64_t n) {
  MutexLock lock(mutex_);
  crash_at_ = points_ + n;
}

void FaultFileSystem::FailAt(int64_t n, Fault fault, int64_t times) {
  MutexLock lock(mutex_);
  fail_at_ = points_ + n;
  failures_left_ = times;
  fault_ = fault;
}

void FaultFileSystem::StopFailing() {
  MutexLock lock(mutex_);
  failures_left_ = 0;
}

Result<void> FaultFileSystem::CheckAlive() const {
  if (crashed_) return Crashed();
  return Ok();
}

Result<void> FaultFileSystem::WritePoint(Need need) {
  ++points_;
  if (crash_at_ && points_ >= *crash_at_) {
    crashed_ = true;
    return Crashed();
  }
  if (failures_left_ == 0 || points_ < fail_at_) return Ok();
  if (fault_ == Fault::kDiskFull && need == Need::kNoSpace) return Ok();
  --failures_left_;
  return FromErrno(fault_ == Fault::kDiskFull ? ENOSPC : EIO, "injected fault");
}

Result<FaultFileSystem::NodePointer> FaultFileSystem::FindDirectory(const std::string& path) const {
  if (path.empty()) return root_;
  TRY_ASSIGN(Place place, Find(path));
  if (place.node == nullptr) return FromErrno(ENOENT, "open directory " + path);
  if (!place.node->is_directory) return FromErrno(ENOTDIR, "open directory " + path);
  return std::move(place.node);
}

Result<FaultFileSystem::Place> FaultFileSystem::Find(const std::string& path) const {
  CheckPath(path);
  NodePointer directory = root_;
  size_t begin = 0;
  while (true) {
    const size_t slash = path.find('/', begin);
    std::string name = path.substr(begin, slash == std::string::npos ? slash : slash - begin);
    const auto found = directory->names.find(name);
    NodePointer node = found == directory->names.end() ? nullptr : found->second;
    if (slash == std::string::npos) return Place{directory, std::move(name), std::move(node)};
    if (node == nullptr) return FromErrno(ENOENT, path);
    if (!node->is_directory) return FromErrno(ENOTDIR, path);
    directory = std::move(node);
    begin = slash + 1;
  }
}

void FaultFileSystem::SetName(Node& directory, const std::string& name, NodePointer node) {
  directory.names_lost.erase(name);
  const auto old = directory.names.find(name);
  if (old != directory.names.end()) --old->second->links;
  if (node == nullptr) {
    directory.names.erase(name);
  } else {
    directory.names[name] = std::move(node);
  }
}

Result<std::optional<std::unique_ptr<File>>> FaultFileSystem::Open(const std::string& path,
                                                                   OpenMode) {
  MutexLock lock(mutex_);
  TRY(CheckAlive());
  TRY_ASSIGN(const Place place, Find(path));
  if (place.node == nullptr) return std::optional<std::unique_ptr<File>>();
  if (place.node->is_directory) return FromErrno(EISDIR, "open " + path);
  return std::optional<std::unique_ptr<File>>(std::make_unique<OpenFile>(*this, place.node, life_));
}

Result<std::unique_ptr<File>> FaultFileSystem::Create(const std::string& path) {
  MutexLock lock(mutex_);
  TRY(CheckAlive());
  TRY_ASSIGN(const Place place, Find(path));
  TRY(WritePoint(Need::kSpace));
  if (place.node != nullptr) return FromErrno(EEXIST, "create " + path);
  auto node = std::make_shared<Node>();
  node->changed = clock_.Now();
  SetName(*place.directory, place.name, node);
  return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, std::move(node), life_));
}

Result<std::optional<FileInfo>> FaultFileSystem::Stat(const std::string& path) {
  MutexLock lock(mutex_);
  TRY(CheckAlive());
  TRY_ASSIGN(const Place place, Find(path));
  if (place.node == nullptr) return std::optional<FileInfo>();
  return std::optional<FileInfo>(FileInfo{static_cast<int64_t>(place.node->contents.size()),
                                          place.node->changed, place.node->links});
}

Result<bool> FaultFileSystem::Link(const std::string& from, const std::string& to) {
  MutexLock lock(mutex_);
  TRY(CheckAlive());
  TRY_ASSIGN(const Place source, Find(from));
  TRY_ASSIGN(const Place target, Find(to));
  TRY(WritePoint(Need::kSpace));
  if (source.node == nullptr) return FromErrno(ENOENT, "link " + from);
  if (target.node != nullptr) return false;
  ++source.node->links;
  SetName(*target.directory, target.name, source.node);
  return true;
}

Result<void> FaultFileSystem::Rename(const std::string& from, const std::string& to) {
  MutexLock lock(mutex_);
  TRY(CheckAlive());
  TRY_ASSIGN(const Place source, Find(from));
  TRY_ASSIGN(const Place target, Find(to));
  TRY(WritePoint(Need::kSpace));
  if (source.node == nullptr) return FromErrno(ENOENT, "rename " + from);
  if (source.node == target.node) return Ok();  // as POSIX says: both names stay
  ++source.node->links;
  SetName(*target.directory, target.name, source.node);
  SetName(*source.directory, source.name, nullptr);
  return Ok();
}

Result<bool> FaultFileSystem::Remove(const std::string& path) {
  MutexLock lock(mutex_);
  TRY(CheckAlive());
  TRY_ASSIGN(const Place place, Find(path));
  TRY(WritePoint(Need::kNoSpace));
  if (place.node == nullptr) return false;
  SetName(*place.directory, place.name, nullptr);
  return true;
}

Result<bool> FaultFileSystem::MakeDirectory(const std::string& path) {
  MutexLock lock(mutex_);
  TRY(CheckAlive());
  TRY_ASSIGN(const Place place, Find(path));
  if (place.node != nullptr) return false;
  TRY(WritePoint(Need::kSpace));
  NodePointer node = MakeRoot();
  node->changed = clock_.Now();
  SetName(*place.directory, place.name, std::move(node));
  return true;
}

Result<std::vector<std::string>> FaultFileSystem::List(const std::string& directory) {
  MutexLock lock(mutex_);
  TRY(CheckAlive());
  TRY_ASSIGN(const NodePointer node, FindDirectory(directory));
  std::vector<std::string> names;
  for (const auto& [name, child] : node->names) names.push_back(name);
  // A kernel lists in an order of its own.
  std::reverse(names.begin(), names.end());
  return names;
}

void FaultFileSystem::SyncNames(Node& node, bool fails) {
  std::set<std::string> names;
  for (const auto& [name, child] : node.names) names.insert(name);
  for (const auto& [name, child] : node.durable_names) names.insert(name);
  for (const std::string& name : names) {
    const auto now = node.names.find(name);
    const auto durable = node.durable_names.find(name);
    const NodePointer current = now == node.names.end() ? nullptr : now->second;
    if (current == (durable == node.durable_names.end() ? nullptr : durable->second)) continue;
    if (fails) {
      node.names_lost.insert(name);
    } else if (node.names_lost.contains(name)) {
      continue;
    } else if (current == nullptr) {
      node.durable_names.erase(name);
    } else {
      node.durable_names[name] = current;
    }
  }
}

void FaultFileSystem::SyncContents(Node& node, bool fails) {
  if (node.contents == node.durable_contents) return;
  if (fails) {
    node.contents_lost = true;
  } else if (!node.contents_lost) {
    node.durable_contents = node.contents;
  }
}

Result<void> FaultFileSystem::SyncDirectory(const std::string& directory) {
  MutexLock lock(mutex_);
  TRY(CheckAlive());
  TRY_ASSIGN(const NodePointer node, FindDirectory(directory));
  const Result<void> permitted = WritePoint(Need::kNoSpace);
  SyncNames(*node, !permitted.ok());
  return permitted;
}

Result<void> FaultFileSystem::SyncAll() {
  MutexLock lock(mutex_);
  TRY(CheckAlive());
  const Result<void> permitted = WritePoint(Need::kNoSpace);
  const std::function<void(Node&)> sync = [&](Node& node) {
    SyncContents(node, !permitted.ok());
    SyncNames(node, !permitted.ok());
    for (const auto& [name, child] : node.names) sync(*child);
  };
  sync(*root_);
  return permitted;
}

Result<Space> FaultFileSystem::FreeSpace() {
  MutexLock lock(mutex_);
  TRY(CheckAlive());
  return Space{int64_t{1} << 40, int64_t{1} << 41};
}

void FaultFileSystem::LoseUnsynced(Node& node, Unsynced unsynced, std::set<Node*>& visited) {
  if (!visited.insert(&node).second) return;
  const auto lost = [&]() REQUIRES_LOCK(mutex_) {
    return unsynced == Unsynced::kDrop || random_() % 2 == 0;
  };
  if (lost()) node.contents.resize(node.durable_contents.size());
  for (size_t at = 0; at < node.contents.size(); at += kSector) {
    if (!lost()) continue;
    const size_t end = std::min(at + kSector, node.contents.size());
    for (size_t i = at; i < end; ++i)
      node.contents[i] = i < node.durable_contents.size() ? node.durable_contents[i] : '\0';
  }
  Names survivors = node.durable_names;
  for (const auto& [name, child] : node.names) {
    if (!lost()) survivors[name] = child;
  }
  for (const auto& [name, child] : node.durable_names) {
    if (!node.names.contains(name) && !lost()) survivors.erase(name);
  }
  node.names = std::move(survivors);
  for (const auto& [name, child] : node.names) LoseUnsynced(*child, unsynced, visited);
}

void FaultFileSystem::PowerLoss(Unsynced unsynced, uint64_t seed) {
  MutexLock lock(mutex_);
  random_.seed(seed);
  if (unsynced != Unsynced::kKeep) {
    std::set<Node*> visited;
    LoseUnsynced(*root_, unsynced, visited);
  }
  // What is there after the start is what the medium holds.
  const std::function<void(Node&)> settle = [&](Node& node) {
    node.durable_contents = node.contents;
    node.durable_names = node.names;
    node.contents_lost = false;
    node.names_lost.clear();
    node.links = 0;
    for (const auto& [name, child] : node.names) settle(*child);
  };
  settle(*root_);
  const std::function<void(Node&)> count_links = [&](Node& node) {
    ++node.links;
    for (const auto& [name, child] : node.names) count_links(*child);
  };
  count_links(*root_);
  crash_at_.reset();
  crashed_ = false;
  failures_left_ = 0;
  ++life_;
}

void FaultFileSystem::Rot(const std::string& path, int64_t offset) {
  MutexLock lock(mutex_);
  const Result<Place> place = Find(path);
  GANTRY_ASSERT(place.ok() && place->node != nullptr);
  for (std::string* contents : {&place->node->contents, &place->node->durable_contents}) {
    if (static_cast<size_t>(offset) >= contents->size()) continue;
    char& byte = (*contents)[static_cast<size_t>(offset)];
    byte = static_cast<char>(byte ^ 1);
  }
}

std::vector<std::string> FaultFileSystem::AllFiles() const {
  MutexLock lock(mutex_);
  std::vector<std::string> paths;
  const std::function<void(const Node&, const std::string&)> visit = [&](const Node& node,
                                                                         const std::string& path) {
    for (const auto& [name, child] : node.names) {
      const std::string child_path = path.empty() ? name : path + "/" + name;
      if (child->is_directory) {
        visit(*child, child_path);
      } else {
        paths.push_back(child_path);
      }
    }
  };
  visit(*root_, "");
  return paths;
}

}  // namespace gantry::io
