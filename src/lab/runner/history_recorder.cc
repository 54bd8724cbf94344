// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/history_recorder.h"

#include <algorithm>

#include "lab/scenario/history_file.h"
#include "lab/trace/record.h"
#include "rpc/clock.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

/// Notes an event that happens now.
void note(LineLog& log, history::What what) {
  log.note(write_line(history::Event{real_now(), std::move(what)}));
}

}  // namespace

std::expected<BranchHistory, std::string> BranchHistory::open(const std::string& path,
                                                              const Bank& bank) {
  auto log = LineLog::open(path, {"history", write_line(as_history(bank))});
  if (!log) {
    return Error(log.error());
  }
  return BranchHistory(std::move(*log));
}

bool BranchHistory::disk_lost(BranchId self) {
  note(log_, history::DiskLost{self});
  return log_.write();
}

bool BranchHistory::begin(const State& kept, std::uint64_t records) {
  self_ = kept.self().branch;
  records_ = records;
  for (const EntryId& position : kept.applied().positions()) {
    entries_ += position.sequence.value;
  }
  synced_ = entries_;
  note(log_, history::Started{self_, kept.self().incarnation, entries_});
  return log_.write();
}

bool BranchHistory::step(const std::vector<Observation>& observations,
                         const std::vector<Record>& persist) {
  for (const Observation& observation : observations) {
    if (auto what = as_history(self_, observation)) {
      note(log_, std::move(*what));
    }
  }
  if (!persist.empty()) {
    records_ += persist.size();
    for (const Record& record : persist) {
      entries_ += entries_in(record);
    }
    waiting_.emplace_back(records_, entries_);
  }
  return log_.write();
}

bool BranchHistory::durable(std::uint64_t records) {
  std::optional<std::uint64_t> synced;
  while (!waiting_.empty() && waiting_.front().first <= records) {
    synced = waiting_.front().second;
    waiting_.pop_front();
  }
  if (synced && *synced > synced_) {
    synced_ = *synced;
    note(log_, history::Synced{self_, *synced});
  }
  return log_.write();
}

bool BranchHistory::end(const Ledger& ledger, const std::optional<std::string>& broken) {
  if (broken) {
    note(log_, history::Stopped{self_, *broken});
    return log_.write();
  }
  for (const auto& [id, account] : ledger.accounts()) {
    note(log_, as_history(self_, id, account));
  }
  return log_.write();
}

}  // namespace passbook
