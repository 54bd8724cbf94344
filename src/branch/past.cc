// SPDX-License-Identifier: Apache-2.0
#include "branch/past.h"

#include <algorithm>
#include <set>

namespace passbook {
namespace {

TaggedVector surviving(const TaggedVector& positions, const State& state) {
  TaggedVector out;
  for (const TaggedPosition& position : positions.positions()) {
    if (state.gave_up(position)) {
      const auto [origin, sequence] = position.end;
      out.raise({{origin, std::min(sequence, *state.seals().limit(origin))}, Tag{}});
    } else {
      out.raise(position);
    }
  }
  return out;
}

}  // namespace

std::vector<BranchId> branches_of(const std::vector<EntryId>& positions) {
  std::set<BranchId> out;
  for (const EntryId& position : positions) {
    out.insert(position.origin.branch);
  }
  return {out.begin(), out.end()};
}

std::vector<BranchId> branches_of(const std::vector<TaggedPosition>& positions) {
  std::vector<EntryId> ends;
  std::ranges::transform(positions, std::back_inserter(ends), &TaggedPosition::end);
  return branches_of(ends);
}

Passbook needed_by(const Request& request) {
  return change_of(request.operation) ? needed_to_write(request.passbook, request.guarantees)
                                      : needed_to_read(request.passbook, request.guarantees);
}

NeededPast::NeededPast(const Passbook& needed, const Logs& logs) {
  add(needed.writes, logs);
  add(needed.reads, logs);
}

void NeededPast::add(const TaggedVector& needed, const Logs& logs) {
  for (const TaggedPosition& position : needed.positions()) {
    if (position.tag != Tag{} && !take(position, logs)) {
      ahead_.push_back(position);
    }
  }
}

/// False if the log does not reach the position yet.
bool NeededPast::take(const TaggedPosition& position, const Logs& logs) {
  if (logs.heads().at(position.end.origin).end < position.end) {
    return false;
  }
  if (logs.compare(position) == Logs::Match::other) {
    other_.push_back(position);
  }
  return true;
}

void NeededPast::compare(const Logs& logs) {
  std::erase_if(ahead_, [&](const TaggedPosition& position) { return take(position, logs); });
}

void vouch(Passbook& passbook, const State& state) {
  passbook.reads.merge(state.logs().heads());
  passbook.reads.raise({{state.self(), state.own_length()}, Tag{}});
}

void tag(Passbook& passbook, const State& state) {
  const auto end_of = [&](const TaggedPosition& position) {
    return state.applied().covers(position.end) ? state.logs().end_covering(position.end)
                                                : position;
  };
  passbook.writes.tag_with(end_of);
  passbook.reads.tag_with(end_of);
}

Passbook surviving(const Passbook& passbook, const State& state) {
  return {surviving(passbook.writes, state), surviving(passbook.reads, state)};
}

}  // namespace passbook
