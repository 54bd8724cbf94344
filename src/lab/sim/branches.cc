// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/branches.h"

#include <algorithm>

#include "base/check.h"
#include "lab/trace/record.h"
#include "lab/trace/tracer.h"

namespace passbook::sim {
namespace {

using std::chrono::microseconds;

/// What a step takes: events that come meanwhile wait and are taken together.
constexpr Duration kQuickestStep = microseconds(2);
constexpr Duration kSlowestStep = microseconds(60);
constexpr DiskSpace kRoom{.free = 1 << 30, .reserve = 1 << 20};
constexpr DiskSpace kNoRoom{.free = 0, .reserve = 1 << 20};

}  // namespace

Branches::Branches(const Setup& setup, World& world, Network& network, Listener listener)
    : setup_(setup),
      world_(world),
      network_(network),
      listener_(std::move(listener)),
      streams_(world, network,
               [this](BranchId to, passbook::Event event) { deliver(to, std::move(event)); }),
      random_(stream_of(setup.seed, "machines")) {
  world_.tracing = setup.options.observe_messages;
  for (const BranchId id : setup.bank.branches) {
    auto node = std::make_unique<Node>();
    node->id = id;
    nodes_.emplace(id, std::move(node));
    start(id);
  }
}

// Lives.

void Branches::start(BranchId branch) {
  Node& node = at(branch);
  PASSBOOK_CHECK(!node.replica && !node.disk_gone, "only what can start is started");
  ++node.life;
  const bool first = node.life == 1;
  const auto drift = static_cast<std::int64_t>(setup_.clock.drift_ppm);
  const std::int64_t ppm =
      drift == 0 ? 0 : static_cast<std::int64_t>(random_.below(2 * setup_.clock.drift_ppm)) - drift;
  node.clock = LocalClock(world_.now, Instant(between(random_, {}, std::chrono::hours(1))), ppm);
  node.entries_synced = node.disk.entries(node.disk.durable());
  world_.tell(history::Started{branch, node.incarnation, node.entries_synced});
  BranchOptions options = setup_.options;
  if (first) {
    options.listen_first = Duration{};  // its data directory was made on purpose, just now
  }
  node.replica = std::make_unique<Replica>(setup_.bank, Origin{branch, node.incarnation}, options,
                                           node.disk.recall(), node.life);
  node.condition = Condition::running;
  node.gate = {};
  node.buffer.clear();
  node.step_at = kNever;
  node.free_at = world_.now;
  if (node.disk_full) {
    node.buffer.emplace_back(DiskChecked{kNoRoom});
  }
  want_step(node, world_.now);
}

void Branches::crash(BranchId branch, bool silently) {
  Node& node = at(branch);
  if (node.replica) {
    world_.tell(history::Crashed{branch});
    end(node, Condition::dead, silently);
  }
}

void Branches::stop(Node& node, std::string why) {
  world_.tell(history::Stopped{node.id, why});
  node.why_stopped = std::move(why);
  end(node, Condition::stopped, /*silently=*/false);
}

void Branches::end(Node& node, Condition condition, bool silently) {
  node.replica.reset();
  node.condition = condition;
  node.disk.crash(random_);
  node.disk_fails = false;
  streams_.vanish(node.id, silently);
  listener_.died(node.id);
}

void Branches::pause(BranchId branch) {
  if (at(branch).condition == Condition::running) {
    world_.tell(history::Paused{branch});
    at(branch).condition = Condition::paused;
  }
}

void Branches::resume(BranchId branch) {
  Node& node = at(branch);
  if (node.condition == Condition::paused) {
    world_.tell(history::Resumed{branch});
    node.condition = Condition::running;
    node.step_at = kNever;
    want_step(node, world_.now);
  }
}

// Disks and clocks.

void Branches::fill_disk(BranchId branch, bool full) {
  Node& node = at(branch);
  node.disk_full = full;
  if (node.replica) {
    deliver(branch, DiskChecked{full ? kNoRoom : kRoom});
  }
}

bool Branches::roll_back_disk(BranchId branch) {
  Node& node = at(branch);
  PASSBOOK_CHECK(!node.replica, "a disk in use is not replaced");
  if (!node.disk.roll_back(random_)) {
    return false;
  }
  world_.tell(history::DiskLost{branch});
  return true;
}

void Branches::lose_disk(BranchId branch) {
  PASSBOOK_CHECK(!at(branch).replica, "a disk in use is not lost");
  world_.tell(history::DiskLost{branch});
  at(branch).disk_gone = true;
}

void Branches::begin_anew(BranchId branch, Incarnation incarnation, std::vector<Record> records) {
  Node& node = at(branch);
  PASSBOOK_CHECK(!node.replica, "a disk in use is not replaced");
  if (!node.disk_gone) {
    lose_disk(branch);  // it was of no use any more
  }
  node.disk_gone = false;
  node.condition = Condition::dead;
  node.incarnation = incarnation;
  node.disk.begin_anew(std::move(records));
}

void Branches::jump_clock(BranchId branch, Duration ahead) {
  Node& node = at(branch);
  node.clock.jump(ahead);
  if (node.replica) {
    want_step(node, world_.now);
  }
}

// What reaches them.

void Branches::deliver(BranchId branch, passbook::Event event) {
  Node& node = at(branch);
  if (!node.replica) {
    return;
  }
  node.buffer.push_back(std::move(event));
  want_step(node, world_.now);
}

void Branches::call(BranchId branch, CallId call, const Request& request, Duration timeout) {
  deliver(branch, Called{call, request, at(branch).clock.local(world_.now) + timeout});
}

void Branches::ask(BranchId branch, CallId call, const OperatorRequest& request) {
  deliver(branch, OperatorCalled{call, request});
}

void Branches::happen(ReachBranch& reach) {
  if (at(reach.branch).life == reach.life) {
    deliver(reach.branch, std::move(reach.event));
  }
}

/// Makes sure that a step is taken then or before.
void Branches::want_step(Node& node, Instant when) {
  when = std::max({when, node.free_at, world_.now});
  if (when < node.step_at) {
    node.step_at = when;
    world_.agenda.put(when, StepDue{node.id, node.life});
  }
}

void Branches::happen(const StepDue& due) {
  Node& node = at(due.branch);
  if (node.life == due.life && node.condition == Condition::running && node.step_at == world_.now) {
    step(node);
  }
}

void Branches::step(Node& node) {
  const std::vector<passbook::Event> events = std::exchange(node.buffer, {});
  node.step_at = kNever;
  node.free_at = world_.now + between(random_, kQuickestStep, kSlowestStep);
  world_.events += events.size() + 1;
  Effects effects = node.replica->step(events, node.clock.local(world_.now));
  for (const Observation& observation : effects.observations) {
    observe(node, observation);
  }
  const Instant wake = effects.wake;
  const auto why_stop = effects.stop;
  carry_out(node, effects);
  if (why_stop) {
    stop(node, *why_stop);
  } else if (node.replica && wake != kNever) {
    want_step(node, node.clock.truth(wake));
  }
}

void Branches::observe(Node& node, const Observation& observation) {
  if (world_.tracing) {
    std::ranges::for_each(trace::events_of(node.id, world_.now, observation),
                          [this](trace::Event& event) { world_.show(std::move(event)); });
  }
  auto what = as_history(node.id, observation);
  if (!what) {
    return;
  }
  if (auto* arrived = std::get_if<history::Arrived>(&*what)) {
    arrived->deadline = node.clock.truth(arrived->deadline);
  }
  world_.tell(std::move(*what));
}

/// In the order that Effects documents.
void Branches::carry_out(Node& node, Effects& effects) {
  node.disk.append(std::move(effects.persist));
  if (effects.snapshot) {
    node.disk.keep(std::move(*effects.snapshot));
  }
  sync(node);
  for (const BranchId peer : effects.dials) {
    world_.later(network_.delay(), DialEnds{node.id, node.life, peer});
  }
  node.gate.hold({.rests_on = node.disk.appended(),
                  .sends = std::move(effects.sends),
                  .answers = std::move(effects.answers),
                  .operator_answers = std::move(effects.operator_answers)});
  release(node);
  for (const LinkId link : effects.closes) {
    streams_.close(node.id, link);
  }
  for (const Fetch& wanted : effects.fetches) {
    world_.later(between(random_, kQuickestStep, setup_.disk.sync_slowest),
                 ReachBranch{node.id, node.life, node.disk.fetch(wanted)});
  }
}

void Branches::sync(Node& node) {
  if (node.disk.begin_sync()) {
    world_.later(between(random_, setup_.disk.sync_fastest, setup_.disk.sync_slowest),
                 SyncEnds{node.id, node.life});
  }
}

void Branches::happen(const SyncEnds& ends) {
  Node& node = at(ends.branch);
  if (node.life != ends.life || !node.replica) {
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
  if (node.condition == Condition::running) {
    release(node);
  }
}

void Branches::release(Node& node) {
  for (OutGate::Batch& batch : node.gate.release(node.disk.durable())) {
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
}

void Branches::happen(const DialEnds& ends) {
  const Node& from = at(ends.from);
  if (from.life != ends.life || !from.replica) {
    return;
  }
  const bool through =
      !network_.blocked(ends.from, ends.to) && !network_.blocked(ends.to, ends.from);
  if (through && at(ends.to).replica) {
    streams_.open(ends.from, ends.to);
  } else {
    deliver(ends.from, DialFailed{ends.to});
  }
}

}  // namespace passbook::sim
