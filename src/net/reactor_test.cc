#include "net/reactor.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace gantry::net {
namespace {

std::unique_ptr<Reactor> MakeReactor(const Clock& clock) {
  auto reactor = Reactor::Create(clock, Millis(10));
  return std::move(reactor).value();
}

TEST(ReactorTest, RunsTasksInOrderAndAllThatCameBeforeStop) {
  const SystemClock clock;
  const auto reactor = MakeReactor(clock);
  std::vector<int> ran;
  std::thread thread([&] { reactor->Run(); });
  for (int i = 0; i < 1000; ++i) {
    reactor->Post([&ran, i] { ran.push_back(i); });
  }
  reactor->Stop();
  thread.join();
  ASSERT_EQ(ran.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(ran[static_cast<size_t>(i)], i);
}

TEST(ReactorTest, TasksFromManyThreads) {
  const SystemClock clock;
  const auto reactor = MakeReactor(clock);
  int count = 0;
  std::promise<void> done;
  std::thread thread([&] { reactor->Run(); });
  std::vector<std::thread> posters;
  for (int i = 0; i < 4; ++i) {
    posters.emplace_back([&] {
      for (int n = 0; n < 5000; ++n) {
        reactor->Post([&] {
          if (++count == 20'000) done.set_value();
        });
      }
    });
  }
  done.get_future().wait();
  for (auto& poster : posters) poster.join();
  reactor->Stop();
  thread.join();
  EXPECT_EQ(count, 20'000);
}

// Retires a handler whose event is in the same batch.
class Reader final : public EventHandler {
 public:
  Reader(Reactor& reactor, int fd) : reactor_(reactor), fd_(fd) {}
  ~Reader() override { ++*destroyed; }
  void OnEvents(uint32_t events) override {
    if (retired) return;
    ++*called;
    EXPECT_NE(events & EPOLLIN, 0u);
    reactor_.Remove(fd_);
    other->retired = true;
    reactor_.Remove(other->fd_);
    retired = true;
    reactor_.Retire(std::unique_ptr<EventHandler>(other));
    reactor_.Retire(std::unique_ptr<EventHandler>(this));
    EXPECT_EQ(*destroyed, 0);
    reactor_.Post([this_reactor = &reactor_] { this_reactor->Stop(); });
  }
  Reader* other = nullptr;
  bool retired = false;
  int* called = nullptr;
  int* destroyed = nullptr;

 private:
  Reactor& reactor_;
  const int fd_;
};

TEST(ReactorTest, RetiredHandlersLiveToTheEndOfTheRound) {
  const SystemClock clock;
  const auto reactor = MakeReactor(clock);
  int first[2];
  int second[2];
  ASSERT_EQ(pipe(first), 0);
  ASSERT_EQ(pipe(second), 0);
  int called = 0;
  int destroyed = 0;
  auto* a = new Reader(*reactor, first[0]);
  auto* b = new Reader(*reactor, second[0]);
  for (auto [reader, other] : {std::pair(a, b), std::pair(b, a)}) {
    reader->other = other;
    reader->called = &called;
    reader->destroyed = &destroyed;
  }
  ASSERT_TRUE(reactor->Add(first[0], EPOLLIN | EPOLLET, *a).ok());
  ASSERT_TRUE(reactor->Add(second[0], EPOLLIN | EPOLLET, *b).ok());
  ASSERT_EQ(write(first[1], "x", 1), 1);
  ASSERT_EQ(write(second[1], "x", 1), 1);
  reactor->Run();
  EXPECT_EQ(called, 1);
  EXPECT_EQ(destroyed, 2);
  for (const int fd : {first[0], first[1], second[0], second[1]}) close(fd);
}

class Counter final : public EventHandler {
 public:
  Counter(Reactor& reactor, int rounds) : reactor_(reactor), left_(rounds) {}
  void OnEvents(uint32_t events) override {
    EXPECT_EQ(events, 0u);
    if (--left_ > 0) return reactor_.Again(*this);
    reactor_.Stop();
  }

 private:
  Reactor& reactor_;
  int left_;
};

TEST(ReactorTest, AgainComesInTheNextRound) {
  const SystemClock clock;
  const auto reactor = MakeReactor(clock);
  Counter counter(*reactor, 100);
  reactor->Again(counter);
  reactor->Run();
}

class StopAtTimer final : public Timer::Target {
 public:
  explicit StopAtTimer(Reactor& reactor) : timer(*this), reactor_(reactor) {}
  void OnTimer() override { reactor_.Stop(); }
  Timer timer;

 private:
  Reactor& reactor_;
};

TEST(ReactorTest, TimersWakeIt) {
  const SystemClock clock;
  const auto reactor = MakeReactor(clock);
  StopAtTimer stop(*reactor);
  const Time start = clock.Monotonic();
  reactor->timers().Set(stop.timer, reactor->now() + Millis(30));
  reactor->Run();
  EXPECT_GE((clock.Monotonic() - start).micros, Millis(29).micros);
}

}  // namespace
}  // namespace gantry::net
