#include "api/sts/xml_writer.h"

#include <gtest/gtest.h>

namespace gantry::api::sts {
namespace {

TEST(XmlWriter, ElementsWithinElements) {
  std::string out;
  XmlWriter(out).Open("A", "urn:a").Open("B").Element("C", "").Close().Element("D", "d").Close();
  EXPECT_EQ(out, "<A xmlns=\"urn:a\"><B><C></C></B><D>d</D></A>");
}

TEST(XmlWriter, WhatMeansSomethingIsEscaped) {
  std::string out;
  XmlWriter(out).Element("A", "<a href=\"x\"> & \xC3\xA4 \x01\xFF\n");
  EXPECT_EQ(out, "<A>&lt;a href=&quot;x&quot;&gt; &amp; \xC3\xA4 ??\n</A>");
}

}  // namespace
}  // namespace gantry::api::sts
