// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "lab/judges/findings.h"
#include "lab/judges/invariants.h"

namespace passbook::history {
namespace {

class AcknowledgedStays {
 public:
  explicit AcknowledgedStays(const Timeline& timeline)
      : timeline_(timeline),
        lost_(timeline.branches.size(), 0),
        counted_(timeline.branches.size(), 0) {
    for (const BranchFacts& branch : timeline.branches) {
      unseen_ += branch.of_bank && branch.blind_from != kNone ? 1 : 0;
    }
  }

  Verdict judge() {
    for (Index branch = 0; branch < timeline_.branches.size(); ++branch) {
      check_disk(branch);
    }
    for (const Call& call : timeline_.calls) {
      if (call.answered != kNone && !findings_.full()) {
        check_shown(call);
        check_write(call);
      }
    }
    return std::move(findings_).take();
  }

 private:
  /// Synced entries are there when the next process begins.
  void check_disk(Index branch) {
    std::uint64_t synced = 0;
    Index since = kNone;
    bool losing = false;  // later syncs of the process that still runs are lost, too
    for (const Index event : timeline_.branches[branch].events) {
      const Fact& fact = timeline_.facts[event];
      if (fact.kind == EventKind::synced && !losing) {
        const std::uint64_t entries = timeline_.get<Synced>(event).entries;
        since = entries > synced ? event : since;
        synced = std::max(synced, entries);
      } else if (fact.kind == EventKind::disk_lost) {
        losing = true;
      } else if (fact.kind == EventKind::started) {
        if (losing || !timeline_.restarts[fact.link].same_disk) {
          lost_[branch] = event;
          synced = 0;
        }
        losing = false;
        check_start(event, synced, since);
      }
    }
    lost_[branch] = losing ? timeline_.event_count() : lost_[branch];
  }

  void check_start(Index event, std::uint64_t synced, Index since) {
    const auto& started = timeline_.get<Started>(event);
    if (started.entries < synced) {
      findings_.add(fmt::format("{} starts with {} entries, though {} were on its disk",
                                name_of(started.branch), started.entries, synced),
                    {since, event});
    }
  }

  /// Nothing leaves a branch before everything that it had applied is on its disk.
  void check_shown(const Call& call) {
    if (call.reply == kNone || call.ambiguous || !timeline_.get<Answered>(call.answered).balance) {
      return;
    }
    const Reply& reply = timeline_.replies[call.reply];
    if (reply.top == kNone || !timeline_.sees(reply.branch, reply.event)) {
      return;
    }
    const Holding& top = timeline_.holdings[reply.top];
    if (top.synced == kNone || top.synced > call.answered) {
      const auto& answer = timeline_.get<Answered>(call.answered);
      findings_.add(
          fmt::format("{} is shown {} before {} is on the disk of {}", name_of(answer.client),
                      to_string(*answer.balance), name_of(timeline_.entries[top.entry].id),
                      name_of(timeline_.branches[reply.branch].id)),
          {top.event, reply.event, call.answered});
    }
  }

  void check_write(const Call& call) {
    const auto& answer = timeline_.get<Answered>(call.answered);
    const Invoked& asked = timeline_.invoked(call);
    if (!is_write(asked.kind) || !stands(answer.result)) {
      return;
    }
    const Index entry = entry_of(call);
    if (entry == kNone) {
      return;  // another invariant demands that there is one
    }
    check_confirmed(call, entry, answer);
    // In a log with more than one history, an entry is certain only if all branches had the same
    // one.
    const bool open =
        timeline_.disputed(timeline_.entries[entry]) && timeline_.invoked(call).level != Level::all;
    if (answer.result == Result::ok && !open) {
      check_kept(call, entry);
    }
  }

  /// The entry of a write that stands when its call is answered. In two histories it may have
  /// become two entries; the answer means the one that more branches have.
  Index entry_of(const Call& call) {
    Index best = kNone;
    std::uint64_t most = 0;
    for (Index entry = timeline_.requests[call.request].last_entry; entry != kNone;
         entry = timeline_.entries[entry].next_of_request) {
      if (timeline_.entries[entry].first > call.answered) {
        continue;
      }
      const std::uint64_t disks = count_disks(entry, call.answered).first;
      if (best == kNone || disks > most) {
        best = entry;
        most = disks;
      }
    }
    return best;
  }

  /// The number of branches whose disks have the entry at an event, or an indistinguishable one,
  /// and the event from which the last of them has it.
  std::pair<std::uint64_t, Index> count_disks(Index entry, Index event) {
    ++count_;
    std::uint64_t disks = unseen_;
    Index last = timeline_.entries[entry].first;
    for_each_indistinguishable(entry, [&](Index one) { count_holders(one, event, disks, last); });
    return {disks, last};
  }

  /// The entry of a request, and the entries indistinguishable from it.
  void for_each_indistinguishable(Index entry, const auto& what) const {
    for (Index one = timeline_.requests[timeline_.entries[entry].request].last_entry; one != kNone;
         one = timeline_.entries[one].next_of_request) {
      if (timeline_.indistinguishable(one, entry)) {
        what(one);
      }
    }
  }

  void count_holders(Index entry, Index event, std::uint64_t& disks, Index& last) {
    for (const Index number : timeline_.holders(entry)) {
      const Holding& holding = timeline_.holdings[number];
      std::uint64_t& counted = counted_[timeline_.named(holding.branch)];
      if (holding.synced > event || counted == count_ ||
          !timeline_.sees(holding.branch, holding.synced)) {
        continue;
      }
      counted = count_;
      last = std::max(last, holding.synced);
      ++disks;
    }
  }

  void check_confirmed(const Call& call, Index entry, const Answered& answer) {
    std::uint64_t due = answer.confirmed;
    if (answer.result == Result::ok) {
      due = std::max<std::uint64_t>(due, timeline_.wanted_holders(timeline_.invoked(call).level));
    }
    const auto [disks, last] = count_disks(entry, call.answered);
    if (disks < due) {
      findings_.add(fmt::format("{} is told that {} stands on {} branches, but it is on {} disks",
                                name_of(answer.client), name_of(answer.request), due, disks),
                    {timeline_.entries[entry].first, last, call.answered});
    }
  }

  /// In the end the entry is on every disk that had it and was not lost. If a living branch has
  /// such a disk, all living branches have it.
  void check_kept(const Call& call, Index entry) {
    bool survives = false;
    present_.assign(timeline_.branches.size(), false);
    for_each_indistinguishable(entry, [&](Index one) { survives = note_present(one) || survives; });
    for (const Index number : timeline_.holders(entry)) {
      const Holding& holding = timeline_.holdings[number];
      if (holding.synced != kNone && !present_[holding.branch] && living(holding.branch) &&
          !lost_since(holding.branch, holding.synced)) {
        present_[holding.branch] = true;
        report_missing(call, entry, holding.branch, holding.gone);
      }
    }
    if (survives && timeline_.faults_over != kNone && timeline_.ended != kNone &&
        timeline_.entries[entry].first < timeline_.faults_over) {
      check_everywhere(call, entry);
    }
  }

  /// Notes which branches have the entry. Returns whether a living branch has it on a disk that was
  /// not lost.
  bool note_present(Index entry) {
    bool survives = false;
    for (const Index number : timeline_.holders(entry)) {
      const Holding& holding = timeline_.holdings[number];
      if (holding.gone == kNone) {
        present_[holding.branch] = true;
        survives = survives || (living(holding.branch) && holding.synced != kNone &&
                                !lost_since(holding.branch, holding.synced));
      }
    }
    return survives;
  }

  void check_everywhere(const Call& call, Index entry) {
    for (Index branch = 0; branch < timeline_.branches.size(); ++branch) {
      if (timeline_.branches[branch].of_bank && living(branch) && !present_[branch]) {
        report_missing(call, entry, branch, timeline_.ended);
      }
    }
  }

  void report_missing(const Call& call, Index entry, Index branch, Index shows) {
    findings_.add(
        fmt::format("{} was acknowledged as {}, which {} does not have in the end",
                    name_of(timeline_.request_ids[call.request]),
                    name_of(timeline_.entries[entry].id), name_of(timeline_.branches[branch].id)),
        {timeline_.entries[entry].first, call.answered, shows});
  }

  /// Whether the branch lives in the end, and its whole list is known.
  bool living(Index branch) const {
    return timeline_.branches[branch].alive && timeline_.branches[branch].blind_from == kNone;
  }

  bool lost_since(Index branch, Index event) const { return lost_[branch] > event; }

  const Timeline& timeline_;
  std::uint64_t unseen_ = 0;            // branches that may have unrecorded entries
  std::vector<Index> lost_;             // by branch: entries synced before this event may be lost
  std::uint64_t count_ = 0;             // the number of counts so far
  std::vector<std::uint64_t> counted_;  // by branch: the last count in which it had the entry
  std::vector<bool> present_;
  Findings findings_{"acknowledged-stays"};
};

}  // namespace

Verdict judge_acknowledged_stays(const Timeline& timeline, const Bounds& /*bounds*/) {
  return AcknowledgedStays(timeline).judge();
}

}  // namespace passbook::history
