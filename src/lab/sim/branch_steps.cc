// SPDX-License-Identifier: Apache-2.0
// The steps of branches: when they are taken, how long they take, and what follows from them.
#include <algorithm>
#include <iterator>

#include "lab/sim/branches.h"
#include "lab/trace/record.h"
#include "lab/trace/tracer.h"

namespace passbook::sim {
namespace {

/// The time after which gRPC gives up a connection attempt.
constexpr Duration kLongestDial = std::chrono::seconds(3);

bool does_nothing(const Effects& effects) {
  return effects.persist.empty() && !effects.snapshot && effects.sends.empty() &&
         effects.answers.empty() && effects.operator_answers.empty() && effects.fetches.empty() &&
         effects.dials.empty() && effects.closes.empty() && effects.observations.empty() &&
         !effects.stop;
}

/// Whether a stream ended because nothing was heard on it.
bool ended_silence(const Observation& observation) {
  const auto* lost = std::get_if<PeerLost>(&observation);
  return lost != nullptr && lost->why.starts_with("silent");
}

}  // namespace

/// Makes sure that a step is taken at `when` or before.
void Branches::want_step(Node& node, Instant when) {
  when = std::max({when, node.free_at, world_.now});
  if (node.at_work) {
    node.again_at = std::min(node.again_at, when);
  } else if (when < node.step_at) {
    node.step_at = when;
    world_.agenda.put(when, StepDue{node.id, node.process_number});
  }
}

void Branches::happen(const StepDue& due) {
  Node& node = at(due.branch);
  if (node.process_number != due.process_number || node.condition != Condition::running ||
      node.step_at != world_.now) {
    return;
  }
  node.step_at = kNever;
  if (setup_.processor.counts_work) {
    node.at_work = true;
    node.was_due = world_.now;
    if (processors_.begin({node.id, node.process_number})) {
      begin_work(node);
    }
    return;
  }
  const std::vector<passbook::Event> events = std::exchange(node.buffer, {});
  node.free_at =
      world_.now + between(random_, setup_.processor.quickest_step, setup_.processor.slowest_step);
  step(node, events);
}

/// The node gets a processor, and takes in the events that have come.
void Branches::begin_work(Node& node) {
  const auto most = static_cast<std::ptrdiff_t>(setup_.processor.most_at_once);
  const auto end = node.buffer.begin() + std::min(std::ssize(node.buffer), most);
  node.taken.assign(std::move_iterator(node.buffer.begin()), std::move_iterator(end));
  node.buffer.erase(node.buffer.begin(), end);
  node.again_at = node.buffer.empty() ? kNever : world_.now;
  world_.later(time_of(taking_in(node.taken)), StepRuns{node.id, node.process_number});
}

void Branches::happen(const StepRuns& runs) {
  if (!is_at_work(runs.branch, runs.process_number)) {
    give_processor_back();
    return;
  }
  Node& node = at(runs.branch);
  if (node.condition == Condition::paused) {  // it takes them in again when it goes on
    node.buffer.insert(node.buffer.begin(), std::move_iterator(node.taken.begin()),
                       std::move_iterator(node.taken.end()));
    leave_work(node);
    give_processor_back();
    return;
  }
  const Work work = step(node, std::exchange(node.taken, {}));
  world_.later(time_of(work), StepEnds{runs.branch, runs.process_number});
}

void Branches::happen(const StepEnds& ends) {
  if (is_at_work(ends.branch, ends.process_number)) {
    Node& node = at(ends.branch);
    longest_step_ = std::max(longest_step_, world_.now - node.was_due);
    leave_work(node);
  }
  give_processor_back();
}

/// Ends the node's turn. Its next step is due when it was wanted meanwhile.
void Branches::leave_work(Node& node) {
  node.at_work = false;
  if (const Instant again = std::exchange(node.again_at, kNever); again != kNever) {
    want_step(node, again);
  }
}

/// Gives the processor to the next node in turn that can still work.
void Branches::give_processor_back() {
  for (auto next = processors_.end(); next; next = processors_.end()) {
    if (!is_at_work(next->branch, next->process_number)) {
      continue;
    }
    if (Node& node = at(next->branch); node.condition == Condition::running) {
      begin_work(node);
      return;
    } else {
      leave_work(node);
    }
  }
}

bool Branches::is_at_work(BranchId branch, std::uint64_t process_number) const {
  const Node& node = at(branch);
  return node.process_number == process_number && node.replica != nullptr && node.at_work;
}

Duration Branches::time_of(const Work& work) const {
  const bool slow = !calm_ && world_.now < Instant{} + setup_.processor.slow_for;
  return sim::time_of(work, setup_.processor.costs) * (slow ? setup_.processor.slowness : 1);
}

/// Performs a step. Returns its work, except for taking in the events.
Work Branches::step(Node& node, std::span<const passbook::Event> events) {
  world_.events += events.size() + 1;
  Effects effects = node.replica->step(events, node.clock.local(world_.now));
  for (const Observation& observation : effects.observations) {
    observe(node, observation);
  }
  Work work = doing(effects);
  const bool idle = events.empty() && does_nothing(effects);
  const Instant wake = effects.wake;
  const auto why_stop = effects.stop;
  work += carry_out(node, effects);
  ++world_.coverage.worked.steps;
  world_.coverage.worked.idle_steps += idle && work == Work{} ? 1 : 0;
  if (why_stop) {
    stop(node, *why_stop);
  } else if (node.replica && wake != kNever) {
    want_step(node, node.clock.truth(wake));
  }
  return work;
}

void Branches::observe(Node& node, const Observation& observation) {
  if (world_.tracing) {
    std::ranges::for_each(trace::events_of(node.id, world_.now, observation),
                          [this](trace::Event& event) { world_.show(std::move(event)); });
  }
  if (const auto* seen = std::get_if<ForkSeen>(&observation); seen != nullptr && can_fork(setup_)) {
    world_.tell(history::Forked{node.id, seen->fork.here.end.origin.branch});
  }
  world_.coverage.worked.ended_silence += ended_silence(observation) ? 1 : 0;
  auto what = as_history(node.id, observation);
  if (!what) {
    return;
  }
  if (auto* arrived = std::get_if<history::Arrived>(&*what)) {
    arrived->deadline = node.clock.truth(arrived->deadline);
  }
  world_.tell(std::move(*what));
}

void Branches::tell_groups(const Node& node, std::span<const Record> records) {
  for (const Record& record : records) {
    const auto* block = std::get_if<Block>(&record);
    if (block == nullptr || block->origin() != origin(node.id)) {
      continue;
    }
    history::Grouped grouped{.branch = node.id,
                             .first = {block->origin(), block->head().first},
                             .last = block->end().end.sequence,
                             .after = {}};
    for (const TaggedPosition& dependency : block->head().dependencies) {
      grouped.after.push_back(dependency.end);
    }
    world_.tell(std::move(grouped));
  }
}

/// Carries out effects in the order that Effects documents. Returns the work of sending.
Work Branches::carry_out(Node& node, Effects& effects) {
  tell_groups(node, effects.persist);
  node.disk.append(std::move(effects.persist));
  if (effects.snapshot) {
    node.disk.keep(std::move(*effects.snapshot));
  }
  sync(node);
  world_.coverage.worked.dials += effects.dials.size();
  for (const BranchId peer : effects.dials) {
    const Duration takes = network_.delay(node.id, peer);
    world_.later(std::min(takes, kLongestDial),
                 DialEnds{node.id, node.process_number, peer, takes <= kLongestDial});
  }
  node.gate.hold({.rests_on = node.disk.appended(),
                  .sends = std::move(effects.sends),
                  .answers = std::move(effects.answers),
                  .operator_answers = std::move(effects.operator_answers)});
  const Work work = release(node);
  for (const LinkId link : effects.closes) {
    streams_.close(node.id, link);
  }
  for (const Fetch& wanted : effects.fetches) {
    world_.later(between(random_, setup_.processor.quickest_step, setup_.disk.sync_slowest),
                 ReachBranch{node.id, node.process_number, node.disk.fetch(wanted)});
  }
  return work;
}

void Branches::sync(Node& node) {
  const DiskSetup& disk = setup_.disk;
  if (node.disk.begin_sync()) {
    const Duration takes = node.disk_slow ? between(random_, disk.slow_fastest, disk.slow_slowest)
                                          : between(random_, disk.sync_fastest, disk.sync_slowest);
    world_.later(takes, SyncEnds{node.id, node.process_number});
  }
}

void Branches::happen(const SyncEnds& ends) {
  Node& node = at(ends.branch);
  if (node.process_number != ends.process_number || !node.replica) {
    return;
  }
  if (std::exchange(node.disk_fails, false)) {
    world_.struck("sync failed");
    stop(node, "a sync failed");
    return;
  }
  node.disk.end_sync();
  const std::uint64_t entries = node.disk.entries(node.disk.durable());
  if (entries > node.entries_synced) {
    node.entries_synced = entries;
    world_.tell(history::Synced{node.id, entries});
  }
  sync(node);
  if (setup_.processor.counts_work) {
    want_step(node, world_.now);  // waiting messages leave with a step, as in production
  } else if (node.condition == Condition::running) {
    release(node);
  }
}

Work Branches::release(Node& node) {
  Work work;
  for (OutGate::Batch& batch : node.gate.release(node.disk.durable())) {
    if (setup_.processor.counts_work) {
      work += sending(batch);
    }
    for (SendMessage& send : batch.sends) {
      streams_.send(node.id, send.link, std::move(send.envelope));
    }
    for (const AnswerCall& answer : batch.answers) {
      listener_.answered(answer.call, answer.answer);
    }
    for (const AnswerOperator& answer : batch.operator_answers) {
      listener_.operator_answered(answer.call, answer.reply);
    }
  }
  return work;
}

void Branches::happen(const DialEnds& ends) {
  const Node& from = at(ends.from);
  if (from.process_number != ends.process_number || !from.replica) {
    return;
  }
  const BranchId to = found(ends.to);
  const bool through =
      ends.in_time && !network_.blocked(ends.from, to) && !network_.blocked(to, ends.from);
  if (through && alive(to)) {
    streams_.open(ends.from, to);
  } else {
    deliver(ends.from, DialFailed{ends.to});
  }
}

}  // namespace passbook::sim
