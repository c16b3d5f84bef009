#include "response_parser.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace loadgen {
namespace {

constexpr size_t kLineBytesMax = 64 * 1024;

bool EqualsNoCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool ParseNumber(std::string_view text, int base, uint64_t* value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, *value, base);
  return error == std::errc() && stop == end;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

void ResponseParser::Reset(bool bodyless, bool keep_body) {
  state_ = State::kHead;
  framing_ = Framing::kUntilClose;
  chunk_part_ = ChunkPart::kSize;
  bodyless_ = bodyless;
  keep_body_ = keep_body;
  started_ = false;
  remaining_ = 0;
  line_.clear();
  response_ = Response();
}

bool ResponseParser::WantsLine() const {
  if (state_ == State::kHead) return true;
  return state_ == State::kBody && framing_ == Framing::kChunked && chunk_part_ != ChunkPart::kData;
}

size_t ResponseParser::Feed(std::string_view data) {
  const size_t offered = data.size();
  if (!data.empty()) started_ = true;
  while (!data.empty() && (state_ == State::kHead || state_ == State::kBody)) {
    if (!WantsLine()) {
      const uint64_t wanted = framing_ == Framing::kUntilClose ? data.size() : remaining_;
      const std::string_view part = data.substr(0, std::min<uint64_t>(wanted, data.size()));
      data.remove_prefix(part.size());
      Body(part);
      continue;
    }
    const size_t newline = data.find('\n');
    line_.append(data.substr(0, newline));
    data.remove_prefix(newline == std::string_view::npos ? data.size() : newline + 1);
    if (line_.size() > kLineBytesMax) state_ = State::kFailed;
    if (newline == std::string_view::npos) continue;
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    if (state_ == State::kHead) {
      HeadLine(line_);
    } else if (state_ == State::kBody) {
      ChunkLine(line_);
    }
    line_.clear();
  }
  return offered - data.size();
}

void ResponseParser::HeadLine(std::string_view line) {
  if (response_.status == 0) return StatusLine(line);
  if (line.empty()) return EndOfHead();
  HeaderLine(line);
}

void ResponseParser::StatusLine(std::string_view line) {
  uint64_t status = 0;
  if (line.size() < 12 || line.substr(0, 7) != "HTTP/1." ||
      !ParseNumber(line.substr(9, 3), 10, &status) || status < 100) {
    state_ = State::kFailed;
    return;
  }
  response_.status = static_cast<int>(status);
  response_.closes_connection = line[7] == '0';
}

void ResponseParser::HeaderLine(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    state_ = State::kFailed;
    return;
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = Trim(line.substr(colon + 1));
  if (EqualsNoCase(name, "Content-Length")) {
    if (!ParseNumber(value, 10, &remaining_)) state_ = State::kFailed;
    if (framing_ != Framing::kChunked) framing_ = Framing::kLength;
  } else if (EqualsNoCase(name, "Transfer-Encoding") && EqualsNoCase(value, "chunked")) {
    framing_ = Framing::kChunked;
  } else if (EqualsNoCase(name, "Connection") && EqualsNoCase(value, "close")) {
    response_.closes_connection = true;
  } else if (EqualsNoCase(name, "Location")) {
    response_.location = value;
  } else if (EqualsNoCase(name, "Docker-Content-Digest")) {
    response_.content_digest = value;
  }
}

void ResponseParser::EndOfHead() {
  if (response_.status < 200) {  // interim: the real response follows
    const bool started = started_;
    Reset(bodyless_, keep_body_);
    started_ = started;
    return;
  }
  if (bodyless_ || response_.status == 204 || response_.status == 304) framing_ = Framing::kNone;
  if (framing_ == Framing::kNone || (framing_ == Framing::kLength && remaining_ == 0)) {
    state_ = State::kComplete;
    return;
  }
  if (framing_ == Framing::kUntilClose) response_.closes_connection = true;
  state_ = State::kBody;
}

void ResponseParser::ChunkLine(std::string_view line) {
  switch (chunk_part_) {
    case ChunkPart::kSize:
      if (!ParseNumber(Trim(line.substr(0, line.find(';'))), 16, &remaining_)) {
        state_ = State::kFailed;
      }
      chunk_part_ = remaining_ == 0 ? ChunkPart::kTrailer : ChunkPart::kData;
      return;
    case ChunkPart::kDataEnd:
      chunk_part_ = ChunkPart::kSize;
      if (!line.empty()) state_ = State::kFailed;
      return;
    case ChunkPart::kTrailer:
      if (line.empty()) state_ = State::kComplete;
      return;
    case ChunkPart::kData:
      return;
  }
}

void ResponseParser::Body(std::string_view data) {
  if (keep_body_) response_.body.append(data);
  response_.body_bytes += data.size();
  if (framing_ == Framing::kUntilClose) return;
  remaining_ -= data.size();
  if (remaining_ > 0) return;
  if (framing_ == Framing::kChunked) {
    chunk_part_ = ChunkPart::kDataEnd;
  } else {
    state_ = State::kComplete;
  }
}

uint64_t ResponseParser::Skippable() const {
  return state_ == State::kBody && framing_ == Framing::kLength && !keep_body_ ? remaining_ : 0;
}

void ResponseParser::Skip(uint64_t size_bytes) {
  response_.body_bytes += size_bytes;
  remaining_ -= size_bytes;
  if (remaining_ == 0) state_ = State::kComplete;
}

void ResponseParser::FinishAtClose() {
  const bool delimited_by_close = state_ == State::kBody && framing_ == Framing::kUntilClose;
  if (state_ != State::kComplete) {
    state_ = delimited_by_close ? State::kComplete : State::kFailed;
  }
}

}  // namespace loadgen
