#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

namespace gantry::sim {

// Runs several tasks so that exactly one of them runs at any time, and a seed decides at each
// Yield which one goes on: the same seed gives the same interleaving, every time.
// Threads: Spawn and Run from the owner; Yield from the tasks (and from outside, where it does
// nothing).
class Interleaver {
 public:
  explicit Interleaver(uint64_t seed) : random_(seed) {}

  void Spawn(std::function<void()> body);
  // Returns when all tasks have ended.
  void Run();
  // Lets the seed choose who goes on.
  void Yield();

 private:
  struct Task {
    std::function<void()> body;
    std::thread thread;
    std::condition_variable resume;
    bool running = false;
    bool done = false;
  };

  void Enter(Task& task);

  std::mt19937_64 random_;
  std::mutex mutex_;
  std::condition_variable control_;
  std::vector<std::unique_ptr<Task>> tasks_;
  Task* current_ = nullptr;
};

}  // namespace gantry::sim
