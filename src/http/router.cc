#include "http/router.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"

namespace gantry::http {

struct Router::Segments {
  std::array<std::string_view, kSegmentsMax> at;
  size_t count = 0;
  bool too_many = false;

  explicit Segments(std::string_view path) {
    if (path.empty() || path.front() != '/') return;
    path.remove_prefix(1);
    for (;;) {
      if (count == kSegmentsMax) {
        too_many = true;
        return;
      }
      const size_t slash = path.find('/');
      at[count++] = path.substr(0, slash);
      if (slash == std::string_view::npos) return;
      path.remove_prefix(slash + 1);
    }
  }
};

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (const Route& route : routes_) {
    Entry entry = MakeEntry(route);
    const auto same = std::find_if(entries_.begin(), entries_.end(),
                                   [&](const Entry& other) { return SameShape(entry, other); });
    if (same == entries_.end()) {
      entry.rows.push_back({&route, entry.segments});
      entries_.push_back(std::move(entry));
      continue;
    }
    for (const Row& other : same->rows) GANTRY_ASSERT(other.route->method != route.method);
    same->rows.push_back({&route, std::move(entry.segments)});
  }
  std::stable_sort(entries_.begin(), entries_.end(), MoreSpecific);
}

Router::Entry Router::MakeEntry(const Route& route) {
  Entry entry;
  const Segments pattern(route.pattern);
  GANTRY_ASSERT(pattern.count > 0 && !pattern.too_many);
  for (size_t i = 0; i < pattern.count; ++i) {
    const std::string_view text = pattern.at[i];
    Segment segment;
    if (text.size() >= 2 && text.front() == '{' && text.back() == '}') {
      std::string_view name = text.substr(1, text.size() - 2);
      segment.kind = Segment::Kind::kOne;
      if (name.size() > 3 && name.substr(name.size() - 3) == "...") {
        name.remove_suffix(3);
        segment.kind = Segment::Kind::kMany;
        GANTRY_ASSERT(entry.many == SIZE_MAX);
        entry.many = i;
      }
      segment.text = name;
    } else {
      segment.text = text;
      ++entry.literals;
    }
    entry.segments.push_back(std::move(segment));
  }
  return entry;
}

bool Router::SameShape(const Entry& a, const Entry& b) {
  return std::equal(a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(),
                    [](const Segment& x, const Segment& y) {
                      if (x.kind != y.kind) return false;
                      return x.kind != Segment::Kind::kLiteral || x.text == y.text;
                    });
}

bool Router::MoreSpecific(const Entry& a, const Entry& b) {
  if (a.literals != b.literals) return a.literals > b.literals;
  const bool a_many = a.many != SIZE_MAX;
  const bool b_many = b.many != SIZE_MAX;
  if (a_many != b_many) return b_many;
  return a.segments.size() > b.segments.size();
}

bool Router::Matches(const Entry& entry, const Segments& path) {
  const size_t count = entry.segments.size();
  const bool many = entry.many != SIZE_MAX;
  if (many ? path.count < count : path.count != count) return false;
  const size_t extra = path.count - count;
  // From the back: the ends of paths differ more than their beginnings.
  for (size_t i = count; i-- > 0;) {
    const Segment& segment = entry.segments[i];
    const std::string_view text = path.at[many && i > entry.many ? i + extra : i];
    if (segment.kind == Segment::Kind::kLiteral ? text != segment.text : text.empty()) return false;
  }
  if (!many) return true;
  for (size_t i = entry.many; i <= entry.many + extra; ++i) {
    if (path.at[i].empty()) return false;
  }
  return true;
}

void Router::Bind(const Entry& entry, const Row& row, const Segments& path, Request& request) {
  const size_t extra = path.count - row.segments.size();
  for (size_t i = 0; i < row.segments.size(); ++i) {
    const Segment& segment = row.segments[i];
    if (segment.kind == Segment::Kind::kLiteral) continue;
    const bool after = entry.many != SIZE_MAX && i > entry.many;
    const std::string_view first = path.at[after ? i + extra : i];
    const std::string_view last = segment.kind == Segment::Kind::kMany ? path.at[i + extra] : first;
    const char* begin = first.data();
    request.AddParameter(segment.text,
                         {begin, static_cast<size_t>(last.data() + last.size() - begin)});
  }
}

const Router::Row* Router::RowFor(const Entry& entry, Method method) {
  const Row* get = nullptr;
  for (const Row& row : entry.rows) {
    if (row.route->method == method) return &row;
    if (row.route->method == Method::kGet) get = &row;
  }
  return method == Method::kHead ? get : nullptr;
}

Router::Match Router::Find(Request& request) const {
  Match match;
  const Segments path(request.path);
  if (path.too_many) return match;
  for (const Entry& entry : entries_) {
    if (!Matches(entry, path)) continue;
    match.path_known = true;
    const Row* row = RowFor(entry, request.method);
    if (row == nullptr) continue;
    match.route = row->route;
    Bind(entry, *row, path, request);
    return match;
  }
  return match;
}

std::string Router::AllowedMethods(std::string_view path) const {
  const Segments segments(path);
  std::string allowed;
  const auto add = [&](Method method) {
    const std::string_view name = MethodName(method);
    if (allowed.find(name) != std::string::npos) return;
    if (!allowed.empty()) allowed += ", ";
    allowed += name;
  };
  for (const Entry& entry : entries_) {
    if (segments.too_many || !Matches(entry, segments)) continue;
    for (const Row& row : entry.rows) {
      add(row.route->method);
      if (row.route->method == Method::kGet) add(Method::kHead);
    }
  }
  return allowed;
}

}  // namespace gantry::http
