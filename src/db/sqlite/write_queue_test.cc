#include "db/sqlite/write_queue.h"

#include <gtest/gtest.h>

#include <optional>
#include <thread>

namespace gantry::db::sqlite {
namespace {

constexpr auto kNothing = [](Tx&) { return Result<void>(); };

// A thread that waits in the queue, and whether it led in the end.
class Waiter {
 public:
  Waiter(WriteQueue& queue, bool exclusive)
      : thread_([this, &queue, exclusive] {
          if (!exclusive) ticket_.function = &function_;
          led_ = queue.Lead(ticket_);
          WriteQueue::Ticket* const group[] = {&ticket_};
          if (*led_) queue.Finish(group);
        }) {}
  bool Led() {
    thread_.join();
    return led_.value();
  }
  const Result<void>& result() const { return ticket_.result; }
  const WriteQueue::Ticket* ticket() const { return &ticket_; }

 private:
  const TxFunction function_ = kNothing;
  WriteQueue::Ticket ticket_;
  std::optional<bool> led_;
  std::thread thread_;
};

WriteQueue::Ticket* TakeNext(WriteQueue& queue) {
  for (;;) {
    if (WriteQueue::Ticket* const ticket = queue.Next()) return ticket;
    std::this_thread::yield();
  }
}

TEST(WriteQueueTest, TheLeaderFinishesThoseItTook) {
  WriteQueue queue;
  WriteQueue::Ticket own;
  ASSERT_TRUE(queue.Lead(own));
  Waiter first(queue, /*exclusive=*/false);
  WriteQueue::Ticket* const taken = TakeNext(queue);
  EXPECT_EQ(taken, first.ticket());
  Waiter second(queue, /*exclusive=*/false);
  WriteQueue::Ticket* const other = TakeNext(queue);
  EXPECT_EQ(other, second.ticket());
  EXPECT_EQ(queue.Next(), nullptr);
  taken->result = NotFound("for_the_first", "");
  WriteQueue::Ticket* const group[] = {&own, taken, other};
  queue.Finish(group);
  EXPECT_FALSE(first.Led());
  EXPECT_FALSE(second.Led());
  EXPECT_EQ(first.result().error().reason(), "for_the_first");
  EXPECT_TRUE(second.result().ok());
}

TEST(WriteQueueTest, WhoWasNotTakenLeadsNext) {
  WriteQueue queue;
  WriteQueue::Ticket own;
  ASSERT_TRUE(queue.Lead(own));
  Waiter first(queue, /*exclusive=*/false);
  Waiter second(queue, /*exclusive=*/false);
  WriteQueue::Ticket* const group[] = {&own};
  queue.Finish(group);
  EXPECT_TRUE(first.Led());
  EXPECT_TRUE(second.Led());
}

TEST(WriteQueueTest, AnExclusiveTicketJoinsNoGroup) {
  WriteQueue queue;
  WriteQueue::Ticket own;
  ASSERT_TRUE(queue.Lead(own));
  Waiter exclusive(queue, /*exclusive=*/true);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(queue.Next(), nullptr);
    std::this_thread::yield();
  }
  WriteQueue::Ticket* const group[] = {&own};
  queue.Finish(group);
  EXPECT_TRUE(exclusive.Led());
}

}  // namespace
}  // namespace gantry::db::sqlite
