// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/branches.h"

#include <algorithm>

#include "base/check.h"

namespace passbook::sim {
namespace {

/// The first entries that the process of a branch has applied, according to the history.
std::vector<history::Applied> list_of(const history::History& history, BranchId branch,
                                      std::uint64_t entries) {
  std::vector<history::Applied> out;
  Incarnation incarnation{1};
  for (const history::Event& event : history.events) {
    const auto* applied = std::get_if<history::Applied>(&event.what);
    const auto* started = std::get_if<history::Started>(&event.what);
    if (applied != nullptr && applied->branch == branch) {
      out.push_back(*applied);
    } else if (started != nullptr && started->branch == branch) {
      const bool same = std::exchange(incarnation, started->incarnation) == started->incarnation;
      out.resize(same ? started->entries : 0);
    }
  }
  PASSBOOK_CHECK(out.size() >= entries, "every entry on a disk has been recorded");
  out.resize(entries);
  return out;
}

/// Whether a branch stopped because its log has more than one history.
bool says_fork(std::string_view why) {
  return why.contains("FORK") || why.contains("Two must not run at once");
}

constexpr DiskSpace kSpace{.free = 1 << 30, .reserve = 1 << 20};
constexpr DiskSpace kNoSpace{.free = 0, .reserve = 1 << 20};

}  // namespace

Branches::Branches(const Setup& setup, World& world, Network& network, Listener listener)
    : setup_(setup),
      world_(world),
      network_(network),
      listener_(std::move(listener)),
      streams_(world, network,
               [this](BranchId to, passbook::Event event) { deliver(to, std::move(event)); }),
      processors_(setup.processor.shared),
      random_(stream_of(setup.seed, "machines")),
      twins_(stream_of(setup.seed, "twins' machines")) {
  world_.tracing = setup.options.observe_messages;
  for (const BranchId id : setup.bank.branches) {
    add(id);
    start(id);
  }
}

Branches::Node& Branches::add(BranchId machine) {
  PASSBOOK_CHECK(!alive(machine), "a machine runs one process");
  auto& node = nodes_[machine];
  node = std::make_unique<Node>();
  node->id = machine;
  node->process_number = is_twin(machine) ? ++last_twin_ : 0;
  return *node;
}

// Processes.

void Branches::start(BranchId branch) {
  Node& node = at(branch);
  PASSBOOK_CHECK(!node.replica && !node.disk_gone, "only a stopped branch with a disk is started");
  const bool first = node.process_number == 0;
  node.entries_synced = node.disk.entries(node.disk.durable());
  world_.tell(history::Started{branch, node.incarnation, node.entries_synced});
  // Only an old data directory is suspect: the first was made just now, and memory has none.
  run(node, !first && !setup_.disk.in_memory);
}

void Branches::run(Node& node, bool listens) {
  ++node.process_number;
  const auto drift = static_cast<std::int64_t>(setup_.clock.drift_ppm);
  const std::int64_t ppm =
      drift == 0 ? 0 : static_cast<std::int64_t>(random_.below(2 * setup_.clock.drift_ppm)) - drift;
  node.clock = LocalClock(world_.now, Instant(between(random_, {}, std::chrono::hours(1))), ppm);
  BranchOptions options = setup_.options;
  if (!listens) {
    options.listen_first = Duration{};
  }
  options.starts_empty = node.disk.appended() == 0 && (node.process_number > 1 || is_twin(node.id));
  if (setup_.disk.in_memory) {
    options.snapshot_every = 0;
  }
  const std::uint64_t process = node.process_number + (is_twin(node.id) ? kTwins : 0);
  State state(setup_.bank, origin(node.id), process, options.session_bytes,
              options.snapshot_every > 0);
  const auto restored = state.restore(node.disk.recall());
  PASSBOOK_CHECK(restored, "a simulated disk is damaged" + describe(restored.error()));
  node.replica = std::make_unique<Replica>(setup_.bank, options, std::move(state));
  node.condition = Condition::running;
  node.gate = {};
  node.buffer.clear();
  node.step_at = kNever;
  node.free_at = world_.now;
  node.at_work = false;
  node.taken.clear();
  node.again_at = kNever;
  if (node.disk_full) {
    node.buffer.emplace_back(DiskChecked{kNoSpace});
  }
  node.buffer.emplace_back(CalendarSet{time_of_day()});
  want_step(node, world_.now);
}

/// The time of day on a machine that is up to two minutes off, or, with bad clocks, up to an hour.
std::uint64_t Branches::time_of_day() {
  const bool far = setup_.clock.drift_ppm > 0 && random_.chance(1, 10);
  const std::uint64_t most = far ? 3'600 : 120;
  return world_.seconds_since_1970() - most + random_.below(2 * most);
}

void Branches::crash(BranchId branch, bool silently) {
  Node& node = at(branch);
  if (node.replica) {
    world_.tell(history::Crashed{branch});
    end(node, Condition::dead, silently);
  }
}

/// Deletes all data. The next process begins like the first one.
void Branches::forget(Node& node) {
  world_.tell(history::DiskLost{node.id});
  node.disk.begin_anew({});
  node.incarnation = Incarnation{1};
}

void Branches::stop(Node& node, std::string why) {
  if (says_fork(why) && can_fork(setup_)) {
    world_.tell(history::Forked{node.id, branch_on(node.id)});
  }
  world_.tell(history::Stopped{node.id, why});
  node.why_stopped = std::move(why);
  end(node, Condition::stopped, /*silently=*/false);
}

std::size_t Branches::unfinished() const {
  std::size_t out = 0;
  for (const auto& [id, node] : nodes_) {
    out += node->replica ? node->replica->unfinished() : 0;
  }
  return out;
}

void Branches::end(Node& node, Condition condition, bool silently) {
  node.replica.reset();
  node.condition = condition;
  node.disk.crash(random_);
  if (setup_.disk.in_memory || is_twin(node.id)) {
    forget(node);
  }
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

// Second processes.

void Branches::begin_twin(BranchId branch, TwinData data) {
  const Node& first = at(branch);
  Node& node = add(twin_of(branch));
  if (data != TwinData::none) {
    node.disk = first.disk.copy(twins_);
    node.incarnation = first.incarnation;
  }
  if (data == TwinData::old_copy) {
    node.disk.roll_back(twins_);
  }
  node.entries_synced = node.disk.entries(node.disk.durable());
  world_.tell(history::Twin{node.id, branch, std::nullopt});
  tell_what_was_taken_over(node);
  run(node, data != TwinData::none);
}

void Branches::begin_twin(BranchId branch, std::vector<Record> records) {
  Node& node = add(twin_of(branch));
  node.disk.begin_anew(std::move(records));
  node.incarnation = at(branch).incarnation;
  world_.tell(history::Twin{node.id, branch, node.incarnation});
  tell_what_was_taken_over(node);
  run(node, /*listens=*/true);
}

void Branches::tell_what_was_taken_over(const Node& node) {
  const auto entries = list_of(world_.history, branch_on(node.id), node.entries_synced);
  world_.tell(history::Started{node.id, node.incarnation, 0});
  for (history::Applied applied : entries) {
    applied.branch = node.id;
    world_.tell(std::move(applied));
  }
  world_.tell(history::Synced{node.id, node.entries_synced});
}

void Branches::end_twin(BranchId branch) {
  const BranchId twin = twin_of(branch);
  if (alive(twin)) {
    crash(twin, twins_.chance(1, 2));
  }
}

BranchId Branches::found(BranchId branch) {
  const BranchId twin = twin_of(branch);
  if (!alive(twin) || (alive(branch) && twins_.chance(1, 2))) {
    return branch;
  }
  return twin;
}

// Disks and clocks.

void Branches::fill_disk(BranchId branch, bool full) {
  Node& node = at(branch);
  node.disk_full = full;
  if (node.replica) {
    deliver(branch, DiskChecked{full ? kNoSpace : kSpace});
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
    lose_disk(branch);  // the old disk is of no use any more
  }
  node.disk_gone = false;
  node.disk_slow = false;
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

// Events that reach branches.

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
  if (at(reach.branch).process_number == reach.process_number) {
    deliver(reach.branch, std::move(reach.event));
  }
}

}  // namespace passbook::sim
