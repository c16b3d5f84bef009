#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>

namespace gantry::core {

// Commit numbers that tell a cache whether what it remembers about a repository still holds.
//
// The problem: a cached answer must never be older than a push that was acknowledged, and two
// readers must not see a tag go forth and back, without a lock on the reading side. The rule: a
// writer opens a Change for the repository before its transaction and closes it after the commit,
// before it answers its client. A reader takes the number with Read() before it asks the database,
// keeps it with what it found, and may reuse that only while Read() gives the same number. While a
// Change is open, Read() gives no number: nothing is remembered and nothing is reused.
//
// Repositories share 4096 numbers by hash: a collision costs a cache miss, never a wrong answer.
// Threads: all methods from any thread.
class Epochs {
 public:
  // Zero: a change is under way.
  uint64_t Read(std::string_view repository) const {
    const uint64_t word = WordOf(repository).load(std::memory_order_seq_cst);
    return (word & kOpenMask) != 0 ? 0 : word;
  }

  class Change {
   public:
    Change(Epochs& epochs, std::string_view repository) : word_(epochs.WordOf(repository)) {
      word_.fetch_add(1, std::memory_order_seq_cst);
    }
    ~Change() { word_.fetch_add(kClosed - 1, std::memory_order_seq_cst); }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;

   private:
    std::atomic<uint64_t>& word_;
  };

  Epochs() {
    for (auto& word : words_) word.store(kClosed, std::memory_order_relaxed);
  }

 private:
  // The low 16 bits count open changes, the rest counts closed ones from 1.
  static constexpr uint64_t kClosed = 1 << 16;
  static constexpr uint64_t kOpenMask = kClosed - 1;

  std::atomic<uint64_t>& WordOf(std::string_view repository) {
    return words_[std::hash<std::string_view>{}(repository) % words_.size()];
  }
  const std::atomic<uint64_t>& WordOf(std::string_view repository) const {
    return words_[std::hash<std::string_view>{}(repository) % words_.size()];
  }

  std::array<std::atomic<uint64_t>, 4096> words_;
};

}  // namespace gantry::core
