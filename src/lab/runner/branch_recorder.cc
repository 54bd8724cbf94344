// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/branch_recorder.h"

#include "lab/trace/trace_file.h"
#include "lab/trace/tracer.h"
#include "rpc/clock.h"

namespace passbook {
namespace {

void note(std::optional<LineLog>& log, BranchId at, trace::Act act) {
  if (log) {
    log->note(write_line(trace::process_event(trace::process_of(at), real_now(), act)));
  }
}

}  // namespace

std::expected<std::unique_ptr<Recorder>, std::string> BranchRecorder::open(const BranchFiles& files,
                                                                           const Bank& bank,
                                                                           BranchId self) {
  std::unique_ptr<BranchRecorder> out(new BranchRecorder(self));
  if (files.history) {
    auto opened = BranchHistory::open(*files.history, bank);
    if (!opened) {
      return std::unexpected(opened.error());
    }
    out->history_.emplace(std::move(*opened));
  }
  if (files.trace) {
    const auto [branches, accounts] = trace::parts_of(bank);
    auto opened = LineLog::open(*files.trace, {"trace", trace::write_head(branches, accounts)});
    if (!opened) {
      return std::unexpected(opened.error());
    }
    out->trace_.emplace(std::move(*opened));
  }
  return out;
}

bool BranchRecorder::disk_lost() {
  note(trace_, self_, trace::Act::disk_lost);
  return write_trace() && (!history_ || history_->disk_lost(self_));
}

bool BranchRecorder::begin(const State& kept, std::uint64_t records) {
  note(trace_, self_, trace::Act::start);
  return write_trace() && (!history_ || history_->begin(kept, records));
}

bool BranchRecorder::step(const std::vector<Observation>& observations,
                          const std::vector<Record>& persist) {
  if (trace_) {
    const Instant now = real_now();
    for (const Observation& observation : observations) {
      for (const trace::Event& event : trace::events_of(self_, now, observation)) {
        trace_->note(write_line(event));
      }
    }
  }
  return write_trace() && (!history_ || history_->step(observations, persist));
}

bool BranchRecorder::durable(std::uint64_t records) {
  return !history_ || history_->durable(records);
}

bool BranchRecorder::end(const Ledger& ledger, const std::optional<std::string>& broken) {
  note(trace_, self_, trace::Act::stop);
  return write_trace() && (!history_ || history_->end(ledger, broken));
}

std::string BranchRecorder::failure() const {
  const std::string history = history_ ? history_->failure() : "";
  return history.empty() && trace_ ? trace_->failure() : history;
}

bool BranchRecorder::write_trace() { return !trace_ || trace_->write(); }

OpenRecorder recording_to(const BranchFiles& files, const Bank& bank, BranchId self) {
  if (!files.history && !files.trace) {
    return {};
  }
  return [=] { return BranchRecorder::open(files, bank, self); };
}

}  // namespace passbook
