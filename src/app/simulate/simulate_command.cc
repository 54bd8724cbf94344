// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/arguments.h"
#include "app/command_line.h"
#include "app/commands.h"
#include "app/print.h"
#include "app/simulate/simulate_report.h"
#include "app/simulate/simulate_scenario.h"
#include "app/simulate/simulate_trace.h"
#include "lab/sim/campaign.h"
#include "rpc/clock.h"

namespace passbook {
namespace {

constexpr CommandHelp kHelp{
    .summary = "Simulate banks under faults, and judge everything that happens",
    .text = R"(Whole banks run in this one process, on a simulated network, disks and clocks. A
seed decides everything: the same seed is the same run. With FILE, plays that
scenario instead, without faults unless --faults is given.

)",
    .examples = R"(  passbook simulate --seeds 1..1000       all kinds of faults, on all processors
  passbook simulate --seed 7 --faults network --duration 2s
  passbook simulate --seed 7 --trace t.jsonl     for passbook trace
  passbook simulate scenarios/sample.json
)"};

struct Typed {
  std::string file;
  std::optional<std::uint64_t> seed;
  std::optional<std::string> seeds;
  std::optional<std::uint32_t> branches;
  std::optional<std::uint32_t> customers;
  std::optional<std::uint32_t> accounts;
  std::optional<std::string> duration;
  std::string faults = "all";
  unsigned jobs = 0;
  std::string format = "table";
  std::optional<std::string> trace;
  ScenarioArguments scenario;
};

using Error = std::unexpected<std::string>;

/// "7..9", or "7" for a single seed.
std::expected<std::pair<std::uint64_t, std::uint64_t>, std::string> parse_seeds(
    std::string_view text) {
  const auto number = [](std::string_view part) -> std::optional<std::uint64_t> {
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), out);
    return error == std::errc() && end == part.data() + part.size() ? std::optional(out)
                                                                    : std::nullopt;
  };
  const std::size_t dots = text.find("..");
  const auto first = number(text.substr(0, dots));
  const auto last = dots == std::string_view::npos ? first : number(text.substr(dots + 2));
  if (!first || !last || *first > *last) {
    return Error(fmt::format("--seeds takes FROM..TO, as in 1..1000, not \"{}\"", text));
  }
  return std::pair(*first, *last);
}

/// The most branches, customers or accounts of a simulated bank.
constexpr std::uint32_t kMost = 1'000;

std::expected<sim::Chosen, std::string> choices(const Typed& typed) {
  const auto faults = sim::parse_faults(typed.faults);
  const auto duration = parse_duration("--duration", typed.duration.value_or("0"));
  if (!faults || !duration) {
    return Error(!faults ? faults.error() : duration.error());
  }
  for (const auto& [name, count] :
       {std::pair{"--branches", typed.branches}, std::pair{"--customers", typed.customers},
        std::pair{"--accounts", typed.accounts}}) {
    if (count == 0U) {
      return Error(fmt::format("{} must be at least 1", name));
    }
    if (count > kMost) {
      return Error(
          fmt::format("{} must be at most {}: a bank of that size takes minutes", name, kMost));
    }
  }
  sim::Chosen out{.branches = typed.branches,
                  .customers = typed.customers,
                  .accounts = typed.accounts,
                  .duration = {},
                  .faults = *faults};
  if (typed.duration) {
    if (*duration == Duration{}) {
      return Error("--duration must be more than zero");
    }
    out.duration = *duration;
  }
  return out;
}

/// Shows the progress on a terminal, twice a second.
class LiveLine {
 public:
  LiveLine() : shown_(isatty(STDERR_FILENO) == 1) {}
  ~LiveLine() { clear(); }
  LiveLine(const LiveLine&) = delete;
  LiveLine& operator=(const LiveLine&) = delete;

  void show(const SeedsReport& so_far) {
    constexpr Duration kEvery = std::chrono::milliseconds(500);
    if (shown_ && real_now() >= next_) {
      next_ = real_now() + kEvery;
      put(stderr, "\r\033[K{}", live_line(so_far));
      any_ = true;
    }
  }
  void note(std::string_view text) {
    if (shown_) {
      put(stderr, "\r\033[K{}", text);
      any_ = true;
    }
  }
  void clear() {
    if (std::exchange(any_, false)) {
      put(stderr, "\r\033[K");
    }
  }

 private:
  bool shown_;
  bool any_ = false;
  Instant next_{};
};

/// Reports a campaign's progress every minute, so that a killed one has reported something.
class MinuteLine {
 public:
  explicit MinuteLine(std::uint64_t seeds)
      : shown_(isatty(STDERR_FILENO) == 1 || seeds >= kMany), next_(real_now() + kEvery) {}

  void show(const SeedsReport& so_far, LiveLine& live) {
    if (shown_ && real_now() >= next_) {
      next_ = real_now() + kEvery;
      live.clear();
      put(stderr, "{}\n", done_line(so_far));
    }
  }

 private:
  static constexpr std::uint64_t kMany = 1'000;
  static constexpr Duration kEvery = std::chrono::minutes(1);

  bool shown_;
  Instant next_;
};

/// Shrinks a failure and reports it.
SeedReport report_failure(const sim::Result& result, const sim::Chosen& chosen, LiveLine& live) {
  std::size_t tries = 0;
  const sim::Chosen small = sim::shrink(result, chosen, [&] {
    live.note(fmt::format("seed {} fails; shrinking: try {}", result.seed, ++tries));
  });
  live.clear();
  return failed_seed(result, sim::simulate(sim::setup_of(result.seed, small)), small);
}

/// Simulates a seed once more and writes its trace.
std::expected<void, std::string> trace_seed(std::uint64_t seed, const sim::Chosen& chosen,
                                            ResultFile& file) {
  sim::Setup setup = sim::setup_of(seed, chosen);
  setup.options.observe_messages = true;
  return commit_trace(file, setup.bank, sim::simulate(setup).trace);
}

int simulate_seeds(const Typed& typed, Format format) {
  const auto chosen = choices(typed);
  const auto seeds = parse_seeds(typed.seeds.value_or(std::to_string(typed.seed.value_or(1))));
  if (!chosen || !seeds) {
    return complain(!chosen ? chosen.error() : seeds.error(), kBadUsage);
  }
  auto trace = prepare_trace(typed.trace);
  if (!trace) {
    return complain(trace.error(), kBadUsage);
  }
  sim::catch_assertions();
  const unsigned jobs =
      typed.jobs > 0 ? typed.jobs : std::max(1U, std::thread::hardware_concurrency());
  const sim::Campaign campaign{seeds->first, seeds->second, *chosen, jobs};
  SeedsReport report(campaign, real_now());
  LiveLine live;
  live.note(fmt::format("simulating {}", typed.seeds ? "seeds " + *typed.seeds
                                                     : fmt::format("seed {}", seeds->first)));
  MinuteLine minutes(seeds->second - seeds->first + 1);
  sim::run(campaign, [&](const sim::Result& result) {
    SeedReport one = result.passed() || !report.wants_failures()
                         ? SeedReport(result)
                         : report_failure(result, *chosen, live);
    if (format == Format::jsonl) {
      live.clear();
      put("{}\n", as_json(one));
    }
    report.add(result, std::move(one), real_now());
    minutes.show(report, live);
    live.show(report);
    return true;
  });
  live.clear();
  report.finish(real_now());
  print(report, format, typed.seeds.has_value());
  if (*trace) {
    if (const auto written = trace_seed(seeds->first, *chosen, **trace); !written) {
      return complain(written.error(), kFailed);
    }
  }
  return report.passed() ? kDone : kFailed;
}

int run(const Typed& typed) {
  const auto format = parse_format(typed.format);
  if (!format) {
    return complain(format.error(), kBadUsage);
  }
  if (typed.file.empty()) {
    return simulate_seeds(typed, *format);
  }
  const auto faults = sim::parse_faults(typed.faults);
  if (!faults) {
    return complain(faults.error(), kBadUsage);
  }
  return simulate_scenario(typed.file, typed.scenario, typed.seed.value_or(1), *faults, *format,
                           typed.trace);
}

}  // namespace

Command add_simulate(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  const std::string kinds = fmt::format("{}Kinds of faults. all: {}. Only by name: {}.", kHelp.text,
                                        sim::fault_names(true), sim::fault_names(false));
  CLI::App& sub =
      add_command(app, "simulate",
                  {.summary = kHelp.summary, .text = kinds.c_str(), .examples = kHelp.examples});
  auto* file = add_value(sub, "FILE", typed->file, "a scenario to play");
  auto* seed = add_value(sub, "--seed SEED", typed->seed, "one simulation (default: 1)");
  add_value(sub, "--seeds FROM..TO", typed->seeds, "many simulations")->excludes(seed, file);
  for (const auto& [name, value, text] :
       {std::tuple{"--branches COUNT", &typed->branches, "how many branches"},
        std::tuple{"--customers COUNT", &typed->customers, "how many customers"},
        std::tuple{"--accounts COUNT", &typed->accounts, "how many accounts"}}) {
    add_value(sub, name, *value, fmt::format("{} (default: the seed decides)", text))
        ->excludes(file);
  }
  add_value(sub, "--duration TIME", typed->duration,
            "how long customers keep coming, in simulated time (default: the seed decides)")
      ->excludes(file);
  add_value(sub, "--faults KINDS", typed->faults, "none, all, or a comma list of the kinds above");
  add_value(sub, "--trace FILE", typed->trace,
            "record the events of every process, with clocks, for passbook trace")
      ->excludes(sub.get_option("--seeds"));
  add_value(sub, "--jobs COUNT", typed->jobs, "threads (default: one for each processor)");
  add_value(sub, "-o FORMAT", typed->format, "table, json or jsonl");
  typed->scenario.output.clear();  // none unless asked for
  add_scenario_options(sub, typed->scenario);
  return [typed, file_faults = sub.get_option("--faults")] {
    if (!typed->file.empty() && file_faults->count() == 0) {
      typed->faults = "none";
    }
    return run(*typed);
  };
}

}  // namespace passbook
