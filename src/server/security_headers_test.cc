#include "server/security_headers.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace gantry::server {
namespace {

// All headers of an answer of that type, "Name: value" a line.
std::string HeadersOf(std::string_view type) {
  http::Response response;
  if (!type.empty()) response.Add("Content-Type", type);
  AddSecurityHeaders(response);
  std::string text;
  for (const auto& [name, value] : response.headers)
    if (name != "Content-Type") text += name + ": " + value + "\n";
  return text;
}

constexpr std::string_view kShown =
    "X-Content-Type-Options: nosniff\n"
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\n"
    "Referrer-Policy: no-referrer\n";
constexpr std::string_view kBytes = "X-Content-Type-Options: nosniff\n";

TEST(SecurityHeadersTest, WhatABrowserShowsMayLoadNothing) {
  EXPECT_EQ(HeadersOf("application/json"), kShown);
  EXPECT_EQ(HeadersOf("application/json; charset=utf-8"), kShown);
  EXPECT_EQ(HeadersOf("text/plain; version=0.0.4"), kShown);
  EXPECT_EQ(HeadersOf("text/html"), kShown);
  EXPECT_EQ(HeadersOf("application/jwk-set+json"), kShown);
  EXPECT_EQ(HeadersOf("image/svg+xml"), kShown);
}

TEST(SecurityHeadersTest, OthersAreNothingButTheirType) {
  EXPECT_EQ(HeadersOf("application/octet-stream"), kBytes);
  EXPECT_EQ(HeadersOf("application/vnd.oci.image.manifest.v1+json"), kBytes);
  EXPECT_EQ(HeadersOf(""), kBytes);
}

TEST(SecurityHeadersTest, APolicyOfTheHandlersStays) {
  http::Response response;
  response.Add("Content-Type", "text/html").Add("Content-Security-Policy", "default-src 'self'");
  AddSecurityHeaders(response);
  int policies = 0;
  for (const auto& header : response.headers) policies += header.first == "Content-Security-Policy";
  EXPECT_EQ(policies, 1);
}

}  // namespace
}  // namespace gantry::server
