#include "audit/verify.h"

#include <algorithm>

#include "audit/checkpoint.h"
#include "audit/frame_decoder.h"
#include "audit/segment_reader.h"
#include "audit/signing_key.h"

namespace gantry::audit {
namespace {

class Findings {
 public:
  explicit Findings(VerifyReport& report) : report_(report) {}
  void Add(Problem::Kind kind, std::string file, uint64_t sequence, std::string text) {
    if (report_.problems.size() < kProblemsMax)
      report_.problems.push_back({kind, std::move(file), sequence, std::move(text)});
    ++report_.problems_count;
  }

 private:
  VerifyReport& report_;
};

// Goes along the checkpoints while the chain is read.
class CheckpointWalk {
 public:
  CheckpointWalk(VerifyReport& report, std::string public_key, bool is_growing)
      : report_(report),
        findings_(report),
        public_key_(std::move(public_key)),
        is_growing_(is_growing) {}

  Result<void> Open(io::FileSystem& fs) {
    TRY_ASSIGN(file_, fs.Open(kCheckpointsName, io::OpenMode::kRead));
    if (!file_) return Ok();
    TRY(Advance());
    if (current_ && current_->kind == Checkpoint::Kind::kRemoved) {
      removed_ = *current_;
      report_.removed_sequence = removed_->sequence;
      TRY(Advance());
    }
    return Ok();
  }

  const std::optional<Checkpoint>& removed() const { return removed_; }
  bool exists() const { return file_.has_value(); }

  // The chain has this hash behind this sequence.
  Result<void> Reach(uint64_t sequence, std::string_view hash, const std::string& file) {
    // One that lies before this is not to come any more.
    while (current_ && current_->sequence < sequence) {
      findings_.Add(Problem::Kind::kSignedOther, file, current_->sequence,
                    "the log up to this sequence is not the one whose hash was signed");
      TRY(Advance());
    }
    while (current_ && current_->sequence == sequence && current_->hash == hash) TRY(Advance());
    return Ok();
  }

  // The chain has ended at `sequence`.
  Result<void> Finish(uint64_t sequence) {
    for (; current_;) {
      if (current_->sequence > sequence && is_growing_) return Ok();
      const bool is_cut = current_->sequence > sequence;
      findings_.Add(is_cut ? Problem::Kind::kMissing : Problem::Kind::kSignedOther,
                    kCheckpointsName, is_cut ? sequence + 1 : current_->sequence,
                    is_cut ? "the log ends before sequence " + std::to_string(current_->sequence) +
                                 ", which was signed"
                           : "the log up to this sequence is not the one whose hash was signed");
      TRY(Advance());
    }
    return Ok();
  }

 private:
  // Goes to the next line that is right, and reports those that are not.
  Result<void> Advance() {
    current_.reset();
    for (;;) {
      std::string line;
      TRY((*file_)->ReadAt(lines_ * static_cast<int64_t>(kCheckpointLineSize), kCheckpointLineSize,
                           line));
      if (line.empty()) return Ok();
      if (line.size() < kCheckpointLineSize && is_growing_) return Ok();
      auto checkpoint = VerifyCheckpoint(line, previous_line_, public_key_);
      previous_line_ = std::move(line);
      ++lines_;
      const bool is_in_place = checkpoint &&
                               (checkpoint->kind == Checkpoint::Kind::kHead || lines_ == 1) &&
                               checkpoint->sequence >= report_.signed_sequence;
      if (is_in_place) {
        ++report_.checkpoints;
        report_.signed_sequence = checkpoint->sequence;
        current_ = std::move(checkpoint);
        return Ok();
      }
      findings_.Add(Problem::Kind::kCheckpoint, kCheckpointsName, 0,
                    "line " + std::to_string(lines_) + " is not as it was signed");
    }
  }

  VerifyReport& report_;
  Findings findings_;
  const std::string public_key_;
  const bool is_growing_;  // its last line may be half written
  std::optional<std::unique_ptr<io::File>> file_;
  int64_t lines_ = 0;
  std::string previous_line_;
  std::optional<Checkpoint> current_, removed_;
};

class Verifier {
 public:
  Verifier(io::FileSystem& fs, const VerifyOptions& options, VerifyReport& report,
           CheckpointWalk& checkpoints)
      : fs_(fs), options_(options), report_(report), findings_(report), checkpoints_(checkpoints) {}

  Result<void> Run() {
    std::vector<uint64_t> segments;
    TRY_ASSIGN(const auto names, fs_.List(""));
    for (const std::string& name : names) {
      const auto sequence = ParseSegmentName(name);
      if (sequence) segments.push_back(*sequence);
      if (!sequence && name.size() >= 4 && name.substr(name.size() - 4) == ".seg")
        findings_.Add(Problem::Kind::kSegment, name, 0, "this is not the name of a segment");
    }
    std::sort(segments.begin(), segments.end());
    if (const auto& removed = checkpoints_.removed()) {
      // Segments that retention was about to remove.
      std::erase_if(segments, [&](uint64_t first) {
        return first <= removed->sequence && first != segments.back();
      });
      next_ = removed->sequence + 1;
      hash_ = removed->hash;
      TRY(checkpoints_.Reach(removed->sequence, removed->hash, kCheckpointsName));
    }
    for (const uint64_t segment : segments) {
      if (IsBehindEnd(segment)) break;
      TRY(Check(segment, segment == segments.back()));
    }
    report_.last_sequence = next_ - 1;
    return checkpoints_.Finish(next_ - 1);
  }

 private:
  bool IsBehindEnd(uint64_t sequence) const {
    return options_.last_sequence && sequence > *options_.last_sequence;
  }

  Result<void> Check(uint64_t segment, bool is_last) {
    ++report_.segments;
    const std::string name = SegmentName(segment);
    TRY_ASSIGN(auto reader, SegmentReader::Open(fs_, segment));
    if (!reader) {
      findings_.Add(Problem::Kind::kSegment, name, segment, "its header is not as it was written");
      hash_.clear();
      return Ok();
    }
    if (report_.first_sequence == 0) report_.first_sequence = segment;
    const SegmentHeader& header = reader->header();
    if (installation_.empty()) installation_ = header.installation;
    if (header.installation != installation_)
      findings_.Add(Problem::Kind::kSegment, name, segment, "it comes from another log");
    if (segment != next_) {
      findings_.Add(Problem::Kind::kMissing, name, next_,
                    "the records from sequence " + std::to_string(next_) + " to " +
                        std::to_string(segment - 1) + " before it are missing");
    } else if (!hash_.empty() && header.previous_hash != hash_) {
      findings_.Add(Problem::Kind::kSegment, name, segment,
                    "it does not follow the segment before it");
    }
    next_ = segment;
    return CheckFrames(*reader, name, is_last);
  }

  Result<void> CheckFrames(SegmentReader& reader, const std::string& name, bool is_last) {
    bool is_closed = false;
    hash_ = reader.header_hash();
    while (!IsBehindEnd(next_) || !is_last) {
      TRY_ASSIGN(const auto frame, reader.Next());
      if (!frame) break;
      if (is_closed) {
        findings_.Add(Problem::Kind::kFrame, name, next_, "it goes on behind its end");
        break;
      }
      if (!frame->hash_is_right || frame->header.first_sequence != next_ || !CanBeRead(*frame))
        findings_.Add(Problem::Kind::kFrame, name, next_,
                      "the records at offset " + std::to_string(frame->offset) +
                          " are not as they were written");
      is_closed = frame->header.kind == FrameKind::kFooter;
      next_ += frame->header.records;
      report_.records += frame->header.records;
      hash_ = frame->hash;
      TRY(checkpoints_.Reach(next_ - 1, hash_, name));
    }
    if (IsBehindEnd(next_) && is_last) return Ok();
    TRY_ASSIGN(const bool at_end, reader.AtEnd());
    if (at_end && (is_closed || is_last)) return Ok();
    if (!is_closed)
      findings_.Add(is_last ? Problem::Kind::kUnfinished : Problem::Kind::kFrame, name, next_,
                    "it ends within a frame or without its footer, at offset " +
                        std::to_string(reader.offset()));
    if (is_closed) findings_.Add(Problem::Kind::kFrame, name, next_, "bytes follow its end");
    return Ok();
  }

  bool CanBeRead(const Frame& frame) {
    if (frame.header.kind == FrameKind::kFooter) return true;
    decoder_.Begin(frame.header, frame.payload);
    auto more = decoder_.Next();
    while (more.ok() && *more) more = decoder_.Next();
    return more.ok();
  }

  io::FileSystem& fs_;
  const VerifyOptions& options_;
  VerifyReport& report_;
  Findings findings_;
  CheckpointWalk& checkpoints_;
  FrameDecoder decoder_;
  std::string installation_;
  uint64_t next_ = 1;
  std::string hash_ = std::string(kHashSize, '\0');  // empty: not known
};

}  // namespace

std::string_view ProblemName(Problem::Kind kind) {
  switch (kind) {
    case Problem::Kind::kKey:
      return "key";
    case Problem::Kind::kCheckpoint:
      return "checkpoint";
    case Problem::Kind::kMissing:
      return "missing";
    case Problem::Kind::kSegment:
      return "segment";
    case Problem::Kind::kFrame:
      return "frame";
    case Problem::Kind::kUnfinished:
      return "unfinished";
    case Problem::Kind::kSignedOther:
      return "signed_other";
  }
  return "";
}

Result<VerifyReport> Verify(io::FileSystem& fs, const VerifyOptions& options) {
  VerifyReport report;
  Findings findings(report);
  std::string public_key = options.public_key.value_or("");
  if (!options.public_key) {
    const auto key = SigningKey::Load(fs);
    if (key.ok()) {
      public_key = key->PublicKey();
    } else if (key.error().code() == Code::kCorruption || key.error().code() == Code::kNotFound) {
      findings.Add(Problem::Kind::kKey, "key.pem", 0, key.error().message());
    } else {
      return key.error();
    }
  }
  CheckpointWalk checkpoints(report, std::move(public_key), options.last_sequence.has_value());
  TRY(checkpoints.Open(fs));
  if (!checkpoints.exists())
    findings.Add(Problem::Kind::kCheckpoint, kCheckpointsName, 0, "the file is missing");
  TRY(Verifier(fs, options, report, checkpoints).Run());
  return report;
}

}  // namespace gantry::audit
