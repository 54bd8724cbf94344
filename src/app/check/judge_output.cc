// SPDX-License-Identifier: Apache-2.0
#include "app/check/judge_output.h"

#include <fmt/format.h>

#include "app/arguments.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

// Enough steps for a lucky attempt to finish: each answer has then looked at all others.
constexpr std::uint64_t kLeastSteps = 200'000;
constexpr std::uint64_t kStepsEach = 120;
constexpr std::uint64_t kStepsToExplain = 50'000;

/// The lengths of attempts: 1, 1, 2, 1, 1, 2, 4, ... (Luby, Sinclair, Zuckerman: "Optimal speedup
/// of Las Vegas algorithms", 1993). Most are short, since an attempt's first choices decide whether
/// it is lucky. Every length comes again and again.
std::uint64_t luby(std::uint64_t attempt) {
  std::uint64_t whole = 1;
  while (whole < attempt + 1) {
    whole = 2 * whole + 1;
  }
  while (whole != attempt + 1) {
    whole /= 2;
    attempt %= whole;
    while (whole / 2 >= attempt + 1) {
      whole /= 2;
    }
  }
  return (whole + 1) / 2;
}

/// Makes attempts until one decides or the budget is used up.
void decide(OutputCheck& check, std::size_t answers, Duration budget) {
  const Instant end = real_now() + budget;
  const std::uint64_t unit = kLeastSteps + kStepsEach * answers * answers;
  for (std::uint64_t attempt = 0; !check.decide(unit * luby(attempt)); ++attempt) {
    if (real_now() >= end) {
      return;
    }
  }
}

/// A hint at another schedule under which an output is right, if a short search finds one.
std::vector<std::string> other_schedules(const Scenario& scenario, const ReadResults& results,
                                         const CheckChoices& choices) {
  constexpr int kAttempts = 3;
  for (const auto& [schedule, how] :
       {std::pair{ScheduleKind::sequential, "sequentially"},
        std::pair{ScheduleKind::settled, "in settled rounds"},
        std::pair{ScheduleKind::concurrent, "with all customers at once"}}) {
    if (schedule == choices.schedule) {
      continue;
    }
    OutputCheck check(scenario, results, {schedule, choices.guarantees, choices.model});
    for (int attempt = 0; attempt < kAttempts && !check.decide(kLeastSteps); ++attempt) {
    }
    if (check.right()) {
      return {fmt::format("right if run {}: --schedule {}", how, to_string(schedule))};
    }
  }
  return {};
}

Judged unreadable(const std::string& file, const Choices& choices, const std::string& why) {
  Judged out{.file = file, .scenario = choices.file};
  out.verdict.summary = why;
  out.verdict.findings = {why};
  return out;
}

}  // namespace

std::string_view to_string(Ruling ruling) {
  switch (ruling) {
    case Ruling::right:
      return "right";
    case Ruling::undecided:
      return "undecided";
    case Ruling::wrong:
      return "wrong";
    case Ruling::unreadable:
      return "unreadable";
  }
  return "";
}

int status_of(Ruling ruling) {
  switch (ruling) {
    case Ruling::right:
      return kDone;
    case Ruling::undecided:
      return kUndecided;
    case Ruling::wrong:
      return kFailed;
    case Ruling::unreadable:
      return kBadUsage;
  }
  return kBadUsage;
}

std::expected<Choices, std::string> choose(const OutputArguments& arguments,
                                           const std::string& input_file) {
  const auto schedule = parse_schedule(arguments.schedule);
  const auto guarantees = parse_consistency(arguments.consistency);
  const auto budget = parse_duration("--budget", arguments.budget);
  for (const std::string& error :
       {schedule ? "" : schedule.error(), guarantees ? "" : guarantees.error(),
        budget ? "" : budget.error()}) {
    if (!error.empty()) {
      return Error(error);
    }
  }
  if (arguments.model != "session" && arguments.model != "sequential") {
    return Error(fmt::format("--model takes session or sequential, not \"{}\"", arguments.model));
  }
  auto input = read_scenario_file(input_file, arguments.lenient);
  if (!input) {
    return Error(input.error());
  }
  const CheckChoices check{
      .schedule = schedule->value_or(default_schedule(input->scenario.dialect)),
      .guarantees = *guarantees,
      .model = arguments.model == "sequential" ? RunModel::serial : RunModel::replicated};
  return Choices{input_file, std::move(*input), check, *budget};
}

Judged judge_file(const std::string& file, const Choices& choices) {
  const auto text = read_text(file);
  return text ? judge_text(*text, file, choices) : unreadable(file, choices, text.error());
}

Judged judge_text(std::string_view text, const std::string& file, const Choices& choices) {
  const Scenario& scenario = choices.input.scenario;
  const auto results = read_results(text, file, scenario);
  if (!results) {
    return unreadable(file, choices, describe(results.error()));
  }
  Judged out{.file = file, .scenario = choices.file};
  OutputCheck check(scenario, *results, choices.check);
  decide(check, count_events(scenario), choices.budget);
  out.verdict = check.verdict(kStepsToExplain);
  out.notes = results->notes;
  const Ruling not_right = out.verdict.undecided ? Ruling::undecided : Ruling::wrong;
  out.ruling = out.verdict.right ? Ruling::right : not_right;
  if (out.ruling == Ruling::wrong) {
    out.verdict.hints = other_schedules(scenario, *results, choices.check);
  }
  return out;
}

std::string first_finding(const Judged& judged) {
  if (judged.verdict.findings.empty()) {
    return "";
  }
  std::string out = judged.verdict.findings.front();
  for (const std::string& hint : judged.verdict.hints) {
    out += fmt::format(" ({})", hint);
  }
  return out;
}

}  // namespace passbook
