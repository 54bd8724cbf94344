// SPDX-License-Identifier: Apache-2.0
// What a bank of many branches costs, on virtual time: one line of JSON for each experiment.
//   scale PART BRANCHES RULE     e.g. scale single 100 ring; `./dev scale` runs them all.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <string>
#include <string_view>

#include "scale_bank.h"

namespace passbook::scale {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Experiment {
  std::string part;
  std::uint32_t branches = 0;
  std::string rule;
};

double in_ms(Duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

/// The fields of one line.
class Line {
 public:
  explicit Line(const Experiment& experiment)
      : text_(fmt::format(R"({{"part":"{}","branches":{},"rule":"{}")", experiment.part,
                          experiment.branches, experiment.rule)) {}
  Line& add(std::string_view name, double value) {
    text_ += fmt::format(R"(,"{}":{:.6g})", name, value);
    return *this;
  }
  /// The quantiles of some times.
  Line& add(std::string_view name, std::vector<double> values) {
    if (values.empty()) {
      return *this;
    }
    std::ranges::sort(values);
    add(fmt::format("{}_median", name), values[values.size() / 2]);
    return add(fmt::format("{}_most", name), values.back());
  }
  /// What was sent, less what would have been sent anyway, for each of so many writes.
  Line& add(const Traffic& traffic, const Traffic& idle, double of_idle, double writes) {
    const auto net = [&](auto a, auto b) {
      return (static_cast<double>(a) - of_idle * static_cast<double>(b)) / writes;
    };
    add("messages", net(traffic.all_messages(), idle.all_messages()));
    add("bytes", net(traffic.all_bytes(), idle.all_bytes()));
    for (std::size_t kind = 0; kind < traffic.messages.size(); ++kind) {
      if (traffic.messages[kind] > 0) {
        std::string name(sim::message_name(kind));
        std::ranges::replace(name, ' ', '_');
        add(name, net(traffic.messages[kind], idle.messages[kind]));
        add(name + "_bytes", net(traffic.bytes[kind], idle.bytes[kind]));
      }
    }
    return *this;
  }
  void print() { fmt::print("{}}}\n", text_); }

 private:
  std::string text_;
};

sim::Setup setup_of(const Experiment& experiment, Money opening) {
  sim::Setup setup;
  setup.seed = 1;
  for (std::uint32_t i = 1; i <= experiment.branches; ++i) {
    setup.bank.branches.emplace_back(i);
  }
  setup.bank.accounts.push_back({kSharedAccount, opening, Money{}});
  setup.network = {.fastest = milliseconds(1), .slowest = milliseconds(3)};
  setup.disk = {.sync_fastest = microseconds(100), .sync_slowest = microseconds(400)};
  setup.options.full_mesh = experiment.rule == "mesh" ? experiment.branches : 0;
  if (experiment.rule == "signed") {
    setup.options.mesh_shape = MeshShape::signed_binary;
  } else if (experiment.rule == "ternary") {
    setup.options.mesh_shape = MeshShape::ternary;
  } else if (experiment.rule == "grid") {
    setup.options.mesh_shape = MeshShape::grid;
  }
  return setup;
}

BranchId any(Random& random, const ScaleBank& bank) {
  return BranchId{static_cast<std::uint32_t>(1 + random.below(bank.size()))};
}

/// How long the answers took that were to wait for all, or only for the branch itself.
std::vector<double> answer_times(const ScaleBank& bank, bool all) {
  std::vector<double> out;
  for (const Write& write : bank.writes()) {
    if (write.all == all && write.answered != kNever) {
      out.push_back(in_ms(write.answered - write.asked));
    }
  }
  return out;
}

std::vector<double> spreading_times(const ScaleBank& bank) {
  std::vector<double> out;
  for (const Write& write : bank.writes()) {
    if (write.everywhere != kNever) {
      out.push_back(in_ms(write.everywhere - write.asked));
    }
  }
  return out;
}

double mean_weight(ScaleBank& bank) {
  const auto heads = std::min<std::uint32_t>(5, static_cast<std::uint32_t>(bank.size()));
  std::uint64_t sum = 0;
  for (std::uint32_t i = 1; i <= heads; ++i) {
    sum += bank.weigh(BranchId{i});
  }
  return static_cast<double>(sum) / heads;
}

void add_costs(Line& line, const ScaleBank& bank, std::chrono::steady_clock::time_point began) {
  line.add("steps", static_cast<double>(bank.steps()))
      .add("cpu_s", std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count())
      .add("simulated_s", in_ms(bank.now() - Instant{}) / 1000);
}

/// The traffic of so many seconds in which nobody writes.
Traffic idle_for(ScaleBank& bank, int time) {
  const Traffic before = bank.traffic();
  bank.run_for(seconds(time));
  return bank.traffic().since(before);
}

/// Single writes, each in a bank that has come to rest; every other one waits for all branches.
/// What an idle bank does every tenth second is done once in the time before, and twice in theirs.
void single(ScaleBank& bank, Line& line) {
  constexpr int kWrites = 10;
  constexpr int kSecondsEach = 2;
  constexpr int kIdleSeconds = 10;
  Random random(2);
  bank.run_for(seconds(2));
  const Traffic idle = idle_for(bank, kIdleSeconds);
  const Traffic before = bank.traffic();
  double by_origin = 0;
  double bytes_by_origin = 0;
  for (int i = 0; i < kWrites; ++i) {
    const BranchId origin = any(random, bank);
    const Traffic earlier = bank.traffic();
    bank.follow({}, origin, i % 2 == 0 ? AckLevel::local : AckLevel::all);
    bank.run_for(seconds(kSecondsEach));
    const Traffic meanwhile = bank.traffic().since(earlier);
    const auto net = [&](const auto& sent, const auto& otherwise) {
      return static_cast<double>(sent[origin.value]) -
             static_cast<double>(kSecondsEach * otherwise[origin.value]) / kIdleSeconds;
    };
    by_origin += net(meanwhile.messages_by, idle.messages_by) / kWrites;
    bytes_by_origin += net(meanwhile.bytes_by, idle.bytes_by) / kWrites;
  }
  const auto branch_seconds = kIdleSeconds * static_cast<double>(bank.size());
  line.add("idle_messages", static_cast<double>(idle.all_messages()) / branch_seconds)
      .add("idle_bytes", static_cast<double>(idle.all_bytes()) / branch_seconds)
      .add("writes", kWrites)
      .add(bank.traffic().since(before), idle,
           static_cast<double>(kWrites * kSecondsEach) / kIdleSeconds, kWrites)
      .add("origin_messages", by_origin)
      .add("origin_bytes", bytes_by_origin)
      .add("everywhere_ms", spreading_times(bank))
      .add("ack_local_ms", answer_times(bank, false))
      .add("ack_all_ms", answer_times(bank, true))
      .add("memory", mean_weight(bank));
}

/// Every branch takes one write a second.
void steady(ScaleBank& bank, Line& line) {
  constexpr int kSeconds = 3;
  Random random(3);
  bank.run_for(seconds(2));
  const Traffic idle = idle_for(bank, 1);
  for (int second = 0; second < kSeconds + 1; ++second) {
    for (std::uint32_t i = 1; i <= bank.size(); ++i) {
      const Duration when = seconds(second) + sim::between(random, {}, seconds(1));
      bank.follow(when, BranchId{i}, random.chance(1, 2) ? AckLevel::local : AckLevel::all);
    }
  }
  bank.run_for(seconds(1));
  const Traffic before = bank.traffic();
  bank.run_for(seconds(kSeconds));
  const double writes = kSeconds * static_cast<double>(bank.size());
  line.add("writes", writes).add(bank.traffic().since(before), idle, kSeconds, writes);
  bank.run_for(seconds(1));
  line.add("everywhere_ms", spreading_times(bank))
      .add("ack_local_ms", answer_times(bank, false))
      .add("ack_all_ms", answer_times(bank, true))
      .add("memory", mean_weight(bank));
}

/// Two halves that can't hear each other for five seconds, with twenty writes a second.
void partition(ScaleBank& bank, Line& line) {
  constexpr int kSeconds = 5;
  constexpr int kWritesASecond = 20;
  Random random(4);
  bank.run_for(seconds(2));
  const Traffic idle = idle_for(bank, 1);
  bank.cut_after(BranchId{static_cast<std::uint32_t>(bank.size() / 2)});
  for (int i = 0; i < kSeconds * kWritesASecond; ++i) {
    bank.later(sim::between(random, {}, seconds(kSeconds)), any(random, bank),
               Deposit{kSharedAccount, Money{100}}, AckLevel::local);
  }
  bank.run_for(seconds(kSeconds));
  const Traffic before = bank.traffic();
  const Instant healed = bank.now();
  bank.heal();
  Instant next = healed;
  const bool equal = bank.run_until(healed + seconds(30), [&] {
    if (bank.now() < next) {
      return false;
    }
    next = bank.now() + milliseconds(2);
    return bank.all_equal();
  });
  const double took = in_ms(bank.now() - healed);
  line.add("writes", kSeconds * kWritesASecond).add("converged", equal).add("converged_ms", took);
  line.add(bank.traffic().since(before), idle, took / 1000, kSeconds * kWritesASecond);
}

/// What is asked when.
struct Planned {
  Duration when{};
  BranchId branch;
  Operation operation;
};

/// Nine of ten withdrawals are made in one of ten branches, deposits of the same sum everywhere. In
/// the order of their times.
std::vector<Planned> skewed_plan(const ScaleBank& bank, int withdrawals, Duration time) {
  Random random(5);
  const auto busy = static_cast<std::uint32_t>(std::max<std::size_t>(1, bank.size() / 10));
  const auto amount = [&] { return Money{static_cast<std::int64_t>(1 + random.below(199))}; };
  const auto when = [&] { return sim::between(random, {}, time); };
  std::vector<Planned> out;
  for (int i = 0; i < withdrawals; ++i) {
    const BranchId popular{static_cast<std::uint32_t>(1 + random.below(busy))};
    const BranchId at = random.chance(9, 10) ? popular : any(random, bank);
    out.push_back({when(), any(random, bank), Deposit{kSharedAccount, amount()}});
    out.push_back({when(), at, Withdrawal{kSharedAccount, amount()}});
  }
  std::ranges::stable_sort(out, {}, &Planned::when);
  return out;
}

void skewed(ScaleBank& bank, Line& line) {
  constexpr int kWithdrawals = 1000;
  constexpr int kSeconds = 10;
  bank.run_for(seconds(2));
  const Traffic idle = idle_for(bank, 1);
  const Traffic before = bank.traffic();
  for (const Planned& what : skewed_plan(bank, kWithdrawals, seconds(kSeconds))) {
    bank.later(what.when, what.branch, what.operation, AckLevel::local);
  }
  bank.run_for(seconds(kSeconds + 2));
  EscrowCounters all;
  for (std::uint32_t i = 1; i <= bank.size(); ++i) {
    const EscrowCounters& counters = bank.replica(BranchId{i}).counters();
    all.served_locally += counters.served_locally;
    all.served_by_asking += counters.served_by_asking;
    all.refused_with_proof += counters.refused_with_proof;
  }
  line.add("withdrawals", kWithdrawals)
      .add("served_locally", static_cast<double>(all.served_locally))
      .add("served_by_asking", static_cast<double>(all.served_by_asking))
      .add("refused", static_cast<double>(all.refused_with_proof))
      .add("local_share", static_cast<double>(all.served_locally) / kWithdrawals)
      .add(bank.traffic().since(before), idle, kSeconds + 2, 2 * kWithdrawals);
}

int run(const Experiment& experiment) {
  const auto began = std::chrono::steady_clock::now();
  const Money opening{1000 * static_cast<std::int64_t>(experiment.branches)};
  Line line(experiment);
  ScaleBank bank(setup_of(experiment, opening));
  if (experiment.part == "single") {
    single(bank, line);
  } else if (experiment.part == "steady") {
    steady(bank, line);
  } else if (experiment.part == "partition") {
    partition(bank, line);
  } else if (experiment.part == "skewed") {
    skewed(bank, line);
  } else {
    fmt::print(stderr, "scale: there is no part '{}'\n", experiment.part);
    return 2;
  }
  add_costs(line, bank, began);
  line.print();
  std::fflush(stdout);
  std::_Exit(0);  // taking a thousand branches apart takes longer than what was measured
}

}  // namespace
}  // namespace passbook::scale

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: scale single|steady|partition|skewed BRANCHES RULE\n");
    return 2;
  }
  const int branches = std::atoi(argv[2]);
  return passbook::scale::run({argv[1], static_cast<std::uint32_t>(branches), argv[3]});
}
