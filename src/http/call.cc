#include "http/call.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include "base/assert.h"
#include "http/ascii.h"
#include "log/log.h"

namespace gantry::http {
namespace {

constexpr size_t kRequestIdMax = 64;
constexpr int kClientGone = 499;

bool UsableRequestId(std::string_view id) {
  if (id.empty() || id.size() > kRequestIdMax) return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  });
}

Error HandlerThrew(log::Logger& logger, const Request& request, const char* what) {
  log::Failure(logger, "handler_threw").Field("request_id", request.id).Field("what", what);
  return Internal("handler_failed",
                  "the server made a mistake; its log has the request id " + request.id);
}

Error Overloaded() {
  return Unavailable("overloaded", "the server has too much to do; try again in a moment");
}

}  // namespace

Response RenderRefusal(const ServerOptions& options, std::string_view path, int status,
                       const Error& error) {
  Response response;
  if (options.render_error) {
    response = options.render_error(path, error);
  } else {
    response.Add("Content-Type", "text/plain; charset=utf-8");
    response.body = error.message() + "\n";
  }
  response.status = status;
  const auto is_retry = [](const auto& header) {
    return EqualsIgnoreCase(header.first, "Retry-After");
  };
  if (status == 503 && std::none_of(response.headers.begin(), response.headers.end(), is_retry)) {
    response.Add("Retry-After", "1");
  }
  return response;
}

Call::Call(ReactorState& state) : state_(state), body_charge_(state.server.memory) {}

Call::~Call() { GANTRY_ASSERT(sink_ == nullptr); }

void Call::Begin(CallHost& host, Time since) {
  host_ = &host;
  started_ = since;
  active_ = true;
  request.received = state_.reactor.wall();
  state_.server.BeginCall();
}

void Call::Start(bool has_body, bool expects_continue) {
  if (const auto id = request.Header("X-Request-Id"); id && UsableRequestId(*id)) {
    request.id.assign(*id);
  } else {
    state_.NewRequestId(request.id);
  }
  expects_continue_ = expects_continue && has_body;
  if (const auto& on_request = state_.server.options.on_request) on_request(request);
  const Router::Match match = state_.server.router.Find(request);
  if (match.route == nullptr) {
    if (!match.path_known) {
      if (has_body) body_mode_ = BodyMode::kDiscard;
      return Refuse(404, NotFound("not_found", "nothing is served at " + request.path));
    }
    const std::string allowed = state_.server.router.AllowedMethods(request.path);
    Response answer =
        RenderRefusal(state_.server.options, request.path, 405,
                      Error(Code::kUnsupported, "method_not_allowed",
                            "this path does not take that method; it takes " + allowed));
    answer.Add("Allow", allowed);
    if (has_body) body_mode_ = BodyMode::kDiscard;
    return Respond(std::move(answer));
  }
  route_ = match.route;
  if (std::holds_alternative<Handler>(route().handler)) {
    StartMemory(has_body);
  } else {
    StartUpload(has_body);
  }
}

void Call::StartMemory(bool has_body) {
  if (!has_body) {
    if (!TryInline()) Dispatch();
    return;
  }
  if (request.content_length > route().body_bytes_max) {
    body_mode_ = BodyMode::kDiscard;
    return Refuse(
        413, Error(Code::kTooLarge, "body_too_large",
                   "the body has " + std::to_string(request.content_length) + " bytes; at most " +
                       std::to_string(route().body_bytes_max) + " are taken here"));
  }
  body_mode_ = BodyMode::kMemory;
}

void Call::StartUpload(bool has_body) {
  if (has_body) body_mode_ = BodyMode::kUpload;
  if (TryInline()) return;
  pipe_ = std::make_unique<UploadPipe>(state_.server.memory, watched_);
  if (!has_body) {
    pipe_->End();
    return ClaimRun(true);
  }
  if (expects_continue_) ClaimRun(true);
}

bool Call::TryInline() {
  if (!route().inline_handler) return false;
  std::optional<Response> answer;
  try {
    answer = route().inline_handler(request);
  } catch (const std::exception& e) {
    const Error error = HandlerThrew(state_.server.logger, request, e.what());
    answer = RenderRefusal(state_.server.options, request.path, 500, error);
  }
  if (!answer) return false;
  Respond(std::move(*answer));
  return true;
}

void Call::Respond(Response answer) {
  GANTRY_ASSERT(!has_response_);
  response = std::move(answer);
  if (const auto& on_response = state_.server.options.on_response) on_response(response);
  has_response_ = true;
  if (body_mode_ != BodyMode::kNone) body_mode_ = BodyMode::kDiscard;
  if (host_ != nullptr) host_->OnResponse();
}

void Call::Refuse(int status, const Error& error) {
  if (request.id.empty()) state_.NewRequestId(request.id);
  if (pipe_ != nullptr && pipe_->Abort()) {
    state_.server.workers->Submit([self = shared_from_this()] { self->RunUpload(); });
  }
  Respond(RenderRefusal(state_.server.options, request.path, status, error));
}

// --- Handler --------------------------------------------------------------

void Call::Append(std::string_view bytes) {
  bytes_in_ += static_cast<int64_t>(bytes.size());
  std::string& body = request.body;
  if (static_cast<int64_t>(body.size() + bytes.size()) > route().body_bytes_max) {
    return Refuse(413,
                  Error(Code::kTooLarge, "body_too_large",
                        "the body is larger than the " + std::to_string(route().body_bytes_max) +
                            " bytes that are taken here"));
  }
  if (body.size() + bytes.size() > body.capacity()) {
    const size_t doubled = std::max(body.size() + bytes.size(), body.capacity() * 2);
    if (!body_charge_.Set(static_cast<int64_t>(doubled))) return Refuse(503, Overloaded());
    body.reserve(doubled);
  }
  body.append(bytes);
}

void Call::Dispatch() {
  auto job = [self = shared_from_this()] {
    const auto& handler = std::get<Handler>(self->route().handler);
    try {
      self->result_ = handler(self->request);
    } catch (const std::exception& e) {
      const ServerState& server = self->state_.server;
      const Error error = HandlerThrew(server.logger, self->request, e.what());
      self->result_ = RenderRefusal(server.options, self->request.path, 500, error);
    }
    self->state_.reactor.Post([self] { self->OnHandlerDone(); });
  };
  handler_running_ = state_.server.workers->TrySubmit(std::move(job));
  if (!handler_running_) Refuse(503, Overloaded());
}

void Call::OnHandlerDone() {
  handler_running_ = false;
  if (!has_response_) Respond(std::move(*result_));
  if (host_ == nullptr) Report();
}

// --- UploadHandler --------------------------------------------------------

bool Call::accepts_body() const {
  return body_mode_ == BodyMode::kMemory || (body_mode_ == BodyMode::kUpload && upload_open_);
}

std::span<char> Call::Space(int64_t expected) {
  const std::span<char> space = pipe_->Space(expected);
  if (!space.empty()) return space;
  if (pipe_->out_of_memory()) {
    Refuse(503, Overloaded());
  } else {
    ClaimRun(false);
  }
  return {};
}

void Call::Commit(size_t n) {
  bytes_in_ += static_cast<int64_t>(n);
  pipe_->Commit(n);
  ClaimRun(false);
}

void Call::CommitLast(size_t n) {
  bytes_in_ += static_cast<int64_t>(n);
  pipe_->Commit(n);
}

void Call::EndBody() {
  const BodyMode mode = std::exchange(body_mode_, BodyMode::kNone);
  if (has_response_) return;
  if (mode == BodyMode::kMemory) {
    if (!TryInline()) Dispatch();
  } else if (mode == BodyMode::kUpload) {
    pipe_->End();
    ClaimRun(false);
  }
}

void Call::ClaimRun(bool open) {
  if (!pipe_->ClaimRun(open)) return;
  auto job = [self = shared_from_this()] { self->RunUpload(); };
  net::WorkerPool& workers = *state_.server.workers;
  if (std::exchange(upload_claimed_, true)) {
    workers.Submit(std::move(job));
  } else if (!workers.TrySubmit(std::move(job))) {
    upload_claimed_ = false;
    pipe_->Finish();
    Refuse(503, Overloaded());
  }
}

void Call::RunUpload() {
  try {
    VisitUpload();
  } catch (const std::exception& e) {
    sink_.reset();
    const ServerState& server = state_.server;
    const Error error = HandlerThrew(server.logger, request, e.what());
    FinishUpload(RenderRefusal(server.options, request.path, 500, error));
  }
}

void Call::VisitUpload() {
  if (!sink_opened_ && !pipe_->IsAborted() && !OpenSink()) return;
  for (;;) {
    UploadPipe::Batch batch = pipe_->Take();
    if (batch.aborted) {
      sink_.reset();
      return FinishUpload(std::nullopt);
    }
    // Another worker may be at work as soon as Take has said that this run is over.
    if (batch.blocks.empty() && !batch.end) return;
    const bool end = batch.end;
    if (!WriteBatch(std::move(batch))) return;
    if (!end) continue;
    Response answer = sink_->Finish();
    sink_.reset();
    return FinishUpload(std::move(answer));
  }
}

bool Call::OpenSink() {
  const auto& handler = std::get<UploadHandler>(route().handler);
  sink_opened_ = true;
  auto taken = handler(request);
  if (auto* answer = std::get_if<Response>(&taken)) {
    FinishUpload(std::move(*answer));
    return false;
  }
  sink_ = std::move(std::get<std::unique_ptr<BodySink>>(taken));
  if (expects_continue_) PostBodyWanted();
  return true;
}

bool Call::WriteBatch(UploadPipe::Batch batch) {
  for (Block& block : batch.blocks) {
    const Result<void> written = sink_->Write(block.view());
    if (!written.ok()) {
      sink_.reset();
      const ServerOptions& options = state_.server.options;
      FinishUpload(options.render_error
                       ? options.render_error(request.path, written.error())
                       : RenderRefusal(options, request.path, 500, written.error()));
      return false;
    }
    if (pipe_->Return(std::move(block))) PostBodyWanted();
  }
  return true;
}

void Call::PostBodyWanted() {
  state_.reactor.Post([self = shared_from_this()] {
    self->upload_open_ = true;
    if (self->host_ != nullptr && !self->has_response_) self->host_->OnBodyWanted();
  });
}

void Call::FinishUpload(std::optional<Response> answer) {
  result_ = std::move(answer);
  pipe_->Finish();
  state_.reactor.Post([self = shared_from_this()] { self->OnUploadDone(); });
}

void Call::OnUploadDone() {
  upload_done_ = true;
  if (!has_response_ && result_) Respond(std::move(*result_));
  if (host_ == nullptr) Report();
}

// --- The end --------------------------------------------------------------

SourcePump& Call::source() {
  if (source_ == nullptr) {
    source_ = std::make_shared<SourcePump>(
        std::move(std::get<std::unique_ptr<ByteSource>>(response.body)), *state_.server.workers,
        state_.server.memory, [weak = weak_from_this(), &reactor = state_.reactor] {
          reactor.Post([weak] {
            const auto self = weak.lock();
            if (self != nullptr && self->host_ != nullptr) self->host_->OnSourceReady();
          });
        });
  }
  return *source_;
}

void Call::End(bool answered) {
  host_ = nullptr;
  if (!active_) return;
  status_ = answered ? response.status : kClientGone;
  if (handler_running_) return;
  if (pipe_ != nullptr && !upload_done_) {
    if (pipe_->Abort()) {
      state_.server.workers->Submit([self = shared_from_this()] { self->RunUpload(); });
    }
    if (upload_claimed_) return;
  }
  Report();
}

void Call::DropSource() {
  if (source_ != nullptr) {
    source_->Abort();
    source_.reset();
  }
  auto* source = std::get_if<std::unique_ptr<ByteSource>>(&response.body);
  if (source == nullptr || *source == nullptr) return;
  // A source may block, in its destructor too.
  std::shared_ptr<ByteSource> shared = std::move(*source);
  state_.server.workers->Submit([shared = std::move(shared)]() mutable { shared.reset(); });
}

void Call::Report() {
  if (!std::exchange(active_, false)) return;
  DropSource();
  ServerState& server = state_.server;
  if (server.options.on_complete) {
    const Duration duration = server.clock.Monotonic() - started_;
    server.options.on_complete({request, route_, status_, bytes_in_, bytes_out, duration});
  }
  body_charge_.Set(0);
  server.EndCall();
}

void Call::Reset() {
  request.Clear();
  response = {};
  bytes_out = 0;
  host_ = nullptr;
  route_ = nullptr;
  bytes_in_ = 0;
  body_mode_ = BodyMode::kNone;
  expects_continue_ = has_response_ = handler_running_ = watched_ = false;
  upload_claimed_ = upload_done_ = upload_open_ = sink_opened_ = false;
  status_ = 0;
  pipe_.reset();
  source_.reset();
  result_.reset();
}

}  // namespace gantry::http
