// SPDX-License-Identifier: Apache-2.0
#include "app/simulate/simulate_report.h"

#include <fmt/format.h>

#include "app/print.h"
#include "base/random.h"
#include "lab/judges/describe.h"
#include "lab/scenario/json_tree.h"

namespace passbook {
namespace {

/// From this many seeds with all faults on, every kind of answer and message must occur.
constexpr std::uint64_t kMustReachAll = 200;
/// The most events of a trace.
constexpr std::size_t kTrace = 40;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string faults_option(const sim::Faults& faults) {
  if (faults == sim::Faults::all()) {
    return "all";
  }
  std::string out;
  for (const sim::FaultKind& kind : sim::kFaultKinds) {
    if (faults.*kind.on) {
      out += (out.empty() ? "" : ",") + std::string(kind.name);
    }
  }
  return out.empty() ? "none" : out;
}

std::string replay_command(std::uint64_t seed, const sim::Chosen& choices) {
  std::string out =
      fmt::format("passbook simulate --seed {} --faults {}", seed, faults_option(choices.faults));
  if (choices.branches) {
    out += fmt::format(" --branches {}", *choices.branches);
  }
  if (choices.customers) {
    out += fmt::format(" --customers {}", *choices.customers);
  }
  if (choices.accounts) {
    out += fmt::format(" --accounts {}", *choices.accounts);
  }
  if (choices.duration) {
    const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(*choices.duration);
    out += whole.count() % 1000 == 0 ? fmt::format(" --duration {}ms", whole.count() / 1000)
                                     : fmt::format(" --duration {}us", whole.count());
  }
  return out;
}

std::string counts_as_json(const std::vector<std::pair<std::string, std::uint64_t>>& counts) {
  std::string out;
  for (const auto& [name, count] : counts) {
    out += fmt::format("{}{}:{}", out.empty() ? "" : ",", json_string(name), count);
  }
  return "{" + out + "}";
}

std::vector<std::pair<std::string, std::uint64_t>> answers(const sim::Coverage& coverage) {
  std::vector<std::pair<std::string, std::uint64_t>> out;
  for (std::size_t i = 0; i < coverage.outcomes.size(); ++i) {
    out.emplace_back(to_string(static_cast<Outcome>(i)), coverage.outcomes[i]);
  }
  return out;
}

std::vector<std::pair<std::string, std::uint64_t>> messages(const sim::Coverage& coverage) {
  std::vector<std::pair<std::string, std::uint64_t>> out;
  for (std::size_t i = 0; i < coverage.messages.size(); ++i) {
    out.emplace_back(sim::message_name(i), coverage.messages[i]);
  }
  return out;
}

std::vector<std::pair<std::string, std::uint64_t>> faults(const sim::Coverage& coverage) {
  return {coverage.faults.begin(), coverage.faults.end()};
}

using Counts = std::vector<std::pair<std::string, std::uint64_t>>;

/// The work that the branches did.
Counts effort(const sim::Coverage& coverage) {
  const history::Worked& worked = coverage.worked;
  return {{"steps", worked.steps},
          {"idle steps", worked.idle_steps},
          {"messages", worked.messages},
          {"entries sent", worked.entries},
          {"entries needed", coverage.entries_needed},
          {"dials", worked.dials},
          {"streams", worked.streams},
          {"streams timed out", worked.ended_silence}};
}

std::string strings_as_json(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) {
    out += (out.empty() ? "" : ",") + json_string(item);
  }
  return "[" + out + "]";
}

std::string coverage_as_json(const sim::Coverage& coverage) {
  return fmt::format("\"faults\":{},\"answers\":{},\"messages\":{},\"effort\":{}",
                     counts_as_json(faults(coverage)), counts_as_json(answers(coverage)),
                     counts_as_json(messages(coverage)), counts_as_json(effort(coverage)));
}

/// The members that a seed and a campaign have in common, without braces.
std::string figures_as_json(std::uint64_t hash, std::uint64_t events, std::uint64_t calls,
                            Duration simulated, const sim::Coverage& coverage) {
  return fmt::format("\"hash\":\"{:016x}\",\"events\":{},\"calls\":{},\"simulated_s\":{:.3f},{}",
                     hash, events, calls, seconds(simulated), coverage_as_json(coverage));
}

std::string speed_as_json(const SeedsReport& report) {
  const double wall = std::max(1e-9, seconds(report.wall()));
  return fmt::format(
      "\"jobs_wall\":{},\"seconds_wall\":{:.3f},\"events_per_second_wall\":{:.0f},"
      "\"simulated_hours_per_hour_wall\":{:.0f}",
      report.campaign().jobs, wall, static_cast<double>(report.events()) / wall,
      seconds(report.simulated()) / wall);
}

void print_counts(const char* title,
                  const std::vector<std::pair<std::string, std::uint64_t>>& counts) {
  std::string line;
  for (const auto& [name, count] : counts) {
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", name, count);
  }
  put("{:9} {}\n", title, line.empty() ? "none" : line);
}

void print_failure(const SeedReport& failed) {
  put("\nSeed {} breaks {}: {}\n", failed.seed, failed.invariant, failed.finding);
  if (!failed.replay.empty()) {
    put("  reproduce: {}\n", failed.replay);
  }
  for (const std::string& line : failed.trace) {
    put("  {}\n", line);
  }
}

void print_table(const SeedsReport& report) {
  const double wall = std::max(1e-9, seconds(report.wall()));
  if (report.seeds() == 1) {
    put("seed      {}\n", report.last().seed);
  } else {
    put("seeds     {}..{}: {} of {} passed\n", report.campaign().first, report.campaign().last,
        report.seeds() - report.failed().size(), report.seeds());
  }
  put("hash      {:016x}\n", report.hash());
  put("simulated {:.1f} s, {} events, {} calls\n", seconds(report.simulated()), report.events(),
      report.calls());
  put("took      {:.2f} s: {:.2f} million events a second, {:.0f} simulated hours an hour\n", wall,
      static_cast<double>(report.events()) / wall / 1e6, seconds(report.simulated()) / wall);
  print_counts("answers", answers(report.coverage()));
  print_counts("messages", messages(report.coverage()));
  print_counts("effort", effort(report.coverage()));
  print_counts("faults", faults(report.coverage()));
  for (const SeedReport& failed : report.failed()) {
    print_failure(failed);
  }
  if (!report.missed().empty()) {
    put("\nNever reached: {}\n", fmt::join(report.missed(), ", "));
  }
  put("{}\n", report.passed() ? "All invariants hold." : "FAILED");
}

std::string as_json(const SeedsReport& report) {
  std::string failed;
  for (const SeedReport& one : report.failed()) {
    failed += (failed.empty() ? "" : ",") + as_json(one);
  }
  std::string invariant = report.missed().empty() ? "null" : "\"coverage\"";
  if (!report.failed().empty()) {
    invariant = json_string(report.failed().front().invariant);
  }
  return fmt::format(
      "{{\"from\":{},\"to\":{},\"result\":\"{}\",\"invariant\":{},\"failed\":[{}],"
      "\"never_reached\":{},{},{}}}",
      report.campaign().first, report.campaign().last, report.passed() ? "passed" : "failed",
      invariant, failed, strings_as_json(report.missed()),
      figures_as_json(report.hash(), report.events(), report.calls(), report.simulated(),
                      report.coverage()),
      speed_as_json(report));
}

}  // namespace

SeedReport::SeedReport(const sim::Result& result)
    : seed(result.seed),
      hash(result.hash),
      events(result.events),
      calls(result.calls),
      simulated(result.simulated),
      coverage(result.coverage) {
  if (!result.passed()) {
    invariant = result.violations.front().invariant;
    finding = result.violations.front().what;
  }
}

SeedReport failed_seed(const sim::Result& result, const sim::Result& small,
                       const sim::Chosen& choices) {
  SeedReport out(result);
  out.replay = replay_command(result.seed, choices);
  for (const history::Violation& violation : small.violations) {
    if (violation.invariant != out.invariant) {
      continue;
    }
    for (const std::size_t index : history::excerpt(small.history, violation, kTrace)) {
      const history::Event& event = small.history.events[index];
      out.trace.push_back(
          fmt::format("{:12.6f} {}", seconds(event.at - Instant{}), history::describe(event.what)));
    }
    out.trace.push_back(violation.what);
    break;
  }
  return out;
}

std::string as_json(const SeedReport& report) { return "{" + members_of(report) + "}"; }

std::string members_of(const SeedReport& report) {
  std::string out = fmt::format(
      "\"seed\":{},\"result\":\"{}\",\"invariant\":{},{}", report.seed,
      report.passed() ? "passed" : "failed",
      report.passed() ? "null" : json_string(report.invariant),
      figures_as_json(report.hash, report.events, report.calls, report.simulated, report.coverage));
  if (!report.passed()) {
    out += fmt::format(",\"finding\":{},\"replay\":{},\"trace\":{}", json_string(report.finding),
                       json_string(report.replay), strings_as_json(report.trace));
  }
  return out;
}

void SeedsReport::add(const sim::Result& result, SeedReport report, Instant now) {
  ++seeds_;
  events_ += result.events;
  calls_ += result.calls;
  simulated_ += result.simulated;
  coverage_.merge(result.coverage);
  hash_ = seeds_ == 1 ? result.hash : Random(hash_ ^ result.hash).next();
  wall_ = now - began_;
  if (!report.passed()) {
    failed_.push_back(report);
  }
  last_.clear();
  last_.push_back(std::move(report));
}

void SeedsReport::finish(Instant now) {
  wall_ = now - began_;
  const sim::Chosen free{};
  if (seeds_ < kMustReachAll || campaign_.chosen != free) {
    return;
  }
  for (const auto& counts : {answers(coverage_), messages(coverage_)}) {
    for (const auto& [name, count] : counts) {
      if (count == 0) {
        missed_.push_back(name);
      }
    }
  }
}

std::string live_line(const SeedsReport& so_far) {
  const double wall = std::max(1e-9, seconds(so_far.wall()));
  std::uint64_t faults = 0;
  std::string kinds;
  for (const auto& [name, count] : so_far.coverage().faults) {
    faults += count;
    kinds += fmt::format(" {} {},", name, count);
  }
  if (!kinds.empty()) {
    kinds.pop_back();
  }
  return fmt::format("{} seeds, {} failed, {:.1f} h simulated, {:.2f} M events/s, {} faults:{:.60}",
                     so_far.seeds(), so_far.failed().size(), seconds(so_far.simulated()) / 3600,
                     static_cast<double>(so_far.events()) / wall / 1e6, faults, kinds);
}

std::string done_line(const SeedsReport& so_far) {
  constexpr std::size_t kNamed = 10;
  std::string seeds;
  for (std::size_t i = 0; i < std::min(kNamed, so_far.failed().size()); ++i) {
    seeds += fmt::format("{}{}", i == 0 ? ": " : ", ", so_far.failed()[i].seed);
  }
  const std::size_t failed = so_far.failed().size();
  return fmt::format("{} of {} seeds done, {} failed{}{}", so_far.seeds(),
                     so_far.campaign().last - so_far.campaign().first + 1, failed, seeds,
                     failed > kNamed ? ", ..." : "");
}

void print(const SeedsReport& report, Format format, bool many) {
  if (format == Format::table) {
    print_table(report);
  } else if (many) {
    put("{}\n", as_json(report));
  } else if (format == Format::json) {
    put("{{{},{}}}\n", members_of(report.last()), speed_as_json(report));
  }
}

}  // namespace passbook
