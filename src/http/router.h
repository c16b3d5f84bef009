#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/handler.h"

namespace gantry::http {

// Finds the route of a path; built once from the table. Threads: const methods from any thread.
class Router {
 public:
  // Two routes with the same method and shape, or a malformed pattern, fail an assertion.
  explicit Router(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;  // nullptr: none for this method
    bool path_known = false;       // some route has this path
  };
  // Fills the parameters of the request when there is a route.
  Match Find(Request& request) const;

  // The value of the Allow header for a path.
  std::string AllowedMethods(std::string_view path) const;

 private:
  static constexpr size_t kSegmentsMax = 64;

  struct Segment {
    enum class Kind { kLiteral, kOne, kMany };
    Kind kind = Kind::kLiteral;
    std::string text;  // the literal, or the name of the parameter
  };
  struct Row {
    const Route* route = nullptr;
    std::vector<Segment> segments;
  };
  // All routes of one shape; `segments` without the leading slash.
  struct Entry {
    std::vector<Segment> segments;
    size_t many = SIZE_MAX;  // index of the kMany segment
    size_t literals = 0;
    std::vector<Row> rows;
  };
  struct Segments;

  static Entry MakeEntry(const Route& route);
  static bool SameShape(const Entry& a, const Entry& b);
  static bool MoreSpecific(const Entry& a, const Entry& b);
  static bool Matches(const Entry& entry, const Segments& path);
  static void Bind(const Entry& entry, const Row& row, const Segments& path, Request& request);
  static const Row* RowFor(const Entry& entry, Method method);

  std::vector<Route> routes_;
  std::vector<Entry> entries_;  // the most specific first
};

}  // namespace gantry::http
