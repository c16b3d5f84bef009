#include "server/tasks.h"

#include <gtest/gtest.h>

namespace gantry::server {
namespace {

constexpr Time kNow{1'700'000'000'000'000};

TEST(ScrubProgressTest, SurvivesBeingText) {
  for (const ScrubProgress& progress :
       {ScrubProgress{kNow, false, "sha256:ab"}, ScrubProgress{kNow, true, ""},
        ScrubProgress{kNow, false, ""}}) {
    const ScrubProgress read = ParseScrubProgress(FormatScrubProgress(progress), Time{1});
    EXPECT_EQ(read.started, progress.started);
    EXPECT_EQ(read.done, progress.done);
    EXPECT_EQ(read.after, progress.after);
  }
}

TEST(ScrubProgressTest, WhatIsNoneBegins) {
  for (const char* text : {"", "x", "x y", "-1 done"}) {
    const ScrubProgress read = ParseScrubProgress(text, kNow);
    EXPECT_EQ(read.started, kNow) << text;
    EXPECT_FALSE(read.done) << text;
    EXPECT_EQ(read.after, "") << text;
  }
}

}  // namespace
}  // namespace gantry::server
