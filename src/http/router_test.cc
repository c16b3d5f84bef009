#include "http/router.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace gantry::http {
namespace {

std::vector<Route> Table(std::vector<std::pair<Method, std::string>> rows) {
  std::vector<Route> routes;
  for (auto& [method, pattern] : rows) {
    Route route;
    route.method = method;
    route.pattern = pattern;
    route.name = std::string(MethodName(method)) + " " + pattern;
    routes.push_back(std::move(route));
  }
  return routes;
}

class RouterTest : public ::testing::Test {
 protected:
  // The pattern and the parameters that a path finds.
  std::string Find(const std::string& path, Method method = Method::kGet) {
    request_.Clear();
    request_.path = path;
    request_.method = method;
    const Router::Match match = router_.Find(request_);
    if (match.route == nullptr) return match.path_known ? "other method" : "nothing";
    std::string text = match.route->pattern;
    for (const char* name : {"name", "digest", "id", "reference", "key"}) {
      if (text.find("{" + std::string(name)) == std::string::npos) continue;
      text += " " + std::string(name) + "=" + std::string(request_.Parameter(name));
    }
    return text;
  }

  Request request_;
  Router router_{Table({
      {Method::kGet, "/v2/"},
      {Method::kGet, "/v2/_catalog"},
      {Method::kGet, "/v2/{name...}/tags/list"},
      {Method::kGet, "/v2/{name...}/blobs/{digest}"},
      {Method::kDelete, "/v2/{name...}/blobs/{id}"},
      {Method::kPost, "/v2/{name...}/blobs/uploads/"},
      {Method::kPost, "/v2/{name...}/blobs/uploads"},
      {Method::kPatch, "/v2/{name...}/blobs/uploads/{id}"},
      {Method::kGet, "/v2/{name...}/manifests/{reference}"},
      {Method::kHead, "/settings/{key}"},
      {Method::kGet, "/settings/{key}"},
      {Method::kGet, "/settings/all"},
      {Method::kPut, "/settings/{key}"},
      {Method::kGet, "/files/{name...}"},
  })};
};

TEST_F(RouterTest, FindsWhatIsMeant) {
  EXPECT_EQ(Find("/v2/"), "/v2/");
  EXPECT_EQ(Find("/v2"), "nothing");
  EXPECT_EQ(Find("/"), "nothing");
  EXPECT_EQ(Find(""), "nothing");
  EXPECT_EQ(Find("/v2/_catalog"), "/v2/_catalog");
  EXPECT_EQ(Find("/v2/a/tags/list"), "/v2/{name...}/tags/list name=a");
  EXPECT_EQ(Find("/v2/a/b/c/tags/list"), "/v2/{name...}/tags/list name=a/b/c");
  EXPECT_EQ(Find("/v2/tags/list"), "nothing");
  EXPECT_EQ(Find("/v2/a/blobs/sha256:1"), "/v2/{name...}/blobs/{digest} name=a digest=sha256:1");
  EXPECT_EQ(Find("/v2/a/blobs/"), "nothing");
  EXPECT_EQ(Find("/v2//blobs/x"), "nothing");
  EXPECT_EQ(Find("/v2/a//b/blobs/x"), "nothing");
  EXPECT_EQ(Find("/v2/a/blobs/blobs/x"), "/v2/{name...}/blobs/{digest} name=a/blobs digest=x");
  EXPECT_EQ(Find("/v2/manifests/manifests/manifests"),
            "/v2/{name...}/manifests/{reference} name=manifests reference=manifests");
  EXPECT_EQ(Find("/files/a/b"), "/files/{name...} name=a/b");
  EXPECT_EQ(Find("/files/"), "nothing");
}

TEST_F(RouterTest, MethodsChooseAmongShapes) {
  EXPECT_EQ(Find("/v2/a/blobs/x", Method::kDelete), "/v2/{name...}/blobs/{id} name=a id=x");
  EXPECT_EQ(Find("/v2/a/blobs/uploads", Method::kPost), "/v2/{name...}/blobs/uploads name=a");
  EXPECT_EQ(Find("/v2/a/blobs/uploads/", Method::kPost), "/v2/{name...}/blobs/uploads/ name=a");
  EXPECT_EQ(Find("/v2/a/blobs/uploads/", Method::kGet), "other method");
  // A more general row answers what the more special one does not take.
  EXPECT_EQ(Find("/v2/a/blobs/uploads", Method::kGet),
            "/v2/{name...}/blobs/{digest} name=a digest=uploads");
  EXPECT_EQ(Find("/v2/a/blobs/uploads/x", Method::kPatch),
            "/v2/{name...}/blobs/uploads/{id} name=a id=x");
  EXPECT_EQ(Find("/settings/all"), "/settings/all");
  EXPECT_EQ(Find("/settings/other"), "/settings/{key} key=other");
  EXPECT_EQ(Find("/settings/all", Method::kPut), "/settings/{key} key=all");
  EXPECT_EQ(Find("/v2/a/tags/list", Method::kHead), "/v2/{name...}/tags/list name=a");
  EXPECT_EQ(Find("/v2/a/tags/list", Method::kOther), "other method");
}

TEST_F(RouterTest, NamesTheMethodsOfAPath) {
  EXPECT_EQ(router_.AllowedMethods("/v2/a/blobs/x"), "GET, HEAD, DELETE");
  EXPECT_EQ(router_.AllowedMethods("/settings/other"), "HEAD, GET, PUT");
  EXPECT_EQ(router_.AllowedMethods("/nothing"), "");
}

TEST_F(RouterTest, LongPathsAreNotThere) {
  std::string path = "/files";
  for (int i = 0; i < 5000; ++i) path += "/a";
  EXPECT_EQ(Find(path), "nothing");
}

TEST(RouterDeathTest, MistakesInTheTable) {
  EXPECT_DEATH(Router(Table({{Method::kGet, "/a/{x}"}, {Method::kGet, "/a/{y}"}})), "");
  EXPECT_DEATH(Router(Table({{Method::kGet, "/{x...}/{y...}"}})), "");
  EXPECT_DEATH(Router(Table({{Method::kGet, "a"}})), "");
}

}  // namespace
}  // namespace gantry::http
