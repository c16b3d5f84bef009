#include "interleaver.h"

#include <utility>

namespace gantry::sim {

void Interleaver::Spawn(std::function<void()> body) {
  tasks_.push_back(std::make_unique<Task>());
  tasks_.back()->body = std::move(body);
}

void Interleaver::Enter(Task& task) {
  {
    std::unique_lock lock(mutex_);
    task.resume.wait(lock, [&] { return task.running; });
  }
  task.body();
  const std::lock_guard lock(mutex_);
  task.done = true;
  task.running = false;
  current_ = nullptr;
  control_.notify_one();
}

void Interleaver::Run() {
  for (auto& task : tasks_) task->thread = std::thread([this, t = task.get()] { Enter(*t); });
  std::unique_lock lock(mutex_);
  for (;;) {
    std::vector<Task*> ready;
    for (auto& task : tasks_) {
      if (!task->done) ready.push_back(task.get());
    }
    if (ready.empty()) break;
    Task* next = ready[random_() % ready.size()];
    next->running = true;
    current_ = next;
    next->resume.notify_one();
    control_.wait(lock, [&] { return current_ == nullptr; });
  }
  lock.unlock();
  for (auto& task : tasks_) task->thread.join();
  tasks_.clear();
}

void Interleaver::Yield() {
  std::unique_lock lock(mutex_);
  Task* self = current_;
  if (self == nullptr || self->thread.get_id() != std::this_thread::get_id()) return;
  self->running = false;
  current_ = nullptr;
  control_.notify_one();
  self->resume.wait(lock, [&] { return self->running; });
}

}  // namespace gantry::sim
