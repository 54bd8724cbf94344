// SPDX-License-Identifier: Apache-2.0
#include "app/try/trials.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/arguments.h"
#include "app/print.h"
#include "app/try/jobs.h"
#include "app/try/try_page.h"
#include "base/plural.h"

namespace passbook {

Trials::Trials(TrialsOrders orders, ResultsKept kept, Attempts& attempts)
    : orders_(std::move(orders)), kept_(std::move(kept)), attempts_(attempts) {
  for (const Submission& submission : orders_.submissions) {
    program_width_ = std::max(program_width_, submission.name.size());
  }
  for (const TryCase& on : orders_.cases.tried) {
    case_width_ = std::max(case_width_, on.name.size());
  }
}

int Trials::run() {
  if (orders_.format == TryFormat::csv) {
    put("{}", kResultsHeader);
  }
  try_all();
  if (!error_ && orders_.shrink && one()) {
    make_smaller();
  }
  if (error_) {
    return complain(*error_, kBadUsage);
  }
  summarize();
  if (const auto written = write_page(); !written) {
    return complain(written.error(), kFailed);
  }
  const bool all_right = std::ranges::all_of(
      kept_.results(), [](const TryResult& result) { return result.result == "right"; });
  return all_right ? kDone : kFailed;
}

void Trials::try_all() {
  std::vector<Work> work;
  for (const Submission& submission : orders_.submissions) {
    for (const TryCase& on : orders_.cases.tried) {
      if (!kept_.has(submission.name, on.name)) {
        work.push_back({&submission, &on});
      }
    }
  }
  side_by_side(work.size(), orders_.jobs, [&](std::size_t i) { try_one(work[i]); });
}

void Trials::try_one(const Work& work) {
  {
    const std::scoped_lock lock(mutex_);
    if (error_) {
      return;
    }
  }
  const auto attempt = attempts_.run(work.submission->program, *work.on);
  const std::scoped_lock lock(mutex_);
  if (!attempt) {
    error_ = attempt.error();
    return;
  }
  const TryResult result = result_of(work.submission->name, *work.on, *attempt);
  kept_.add(result);
  print(result);
  if (attempt->failed()) {
    failures_.push_back({work.on, attempt->faults.front().kind});
  }
}

void Trials::print(const TryResult& result) const {
  if (orders_.format == TryFormat::table) {
    put("{}", as_line(result, program_width_, case_width_));
  } else if (orders_.format == TryFormat::csv) {
    put("{}", as_csv(result));
  } else {
    put("{}\n", as_json(result));
  }
  std::fflush(stdout);
}

/// One of each kind, the smallest case first: others of a kind most likely have the same cause.
void Trials::make_smaller() {
  std::ranges::sort(failures_, {}, [](const Failure& failure) {
    return count_events(failure.on->scenario) + failure.on->scenario.branches.size();
  });
  std::set<FaultKind> done;
  for (const Failure& failure : failures_) {
    if (error_ || done.contains(failure.kind)) {
      continue;
    }
    auto found = hunt(*failure.on, failure.kind, orders_.jobs, orders_.shrink_time,
                      [&](const TryCase& on) { return run_again(on); });
    tell(failure, found);
    if (found) {
      done.insert(failure.kind);
      found_.push_back(std::move(*found));
    }
  }
}

std::expected<Attempt, std::string> Trials::run_again(const TryCase& on) {
  auto attempt = attempts_.run(orders_.submissions.front().program, on);
  if (!attempt) {
    const std::scoped_lock lock(mutex_);
    error_ = attempt.error();
  }
  return attempt;
}

void Trials::tell(const Failure& failure, const std::optional<Found>& found) const {
  if (orders_.format == TryFormat::table) {
    put("\n{}", found ? as_text(*found)
                      : fmt::format("{} failed once, but in fewer than {} of {} further runs\n",
                                    failure.on->name, kLeastFailures, kRepeats));
  } else if (orders_.format == TryFormat::jsonl && found) {
    put("{}\n", as_json(*found));
  }
  std::fflush(stdout);
}

std::vector<std::string> Trials::case_names() const {
  std::vector<std::string> out;
  for (const TryCase& on : orders_.cases.tried) {
    out.push_back(on.name);
  }
  return out;
}

void Trials::summarize() const {
  if (orders_.format != TryFormat::table) {
    return;
  }
  const auto& results = kept_.results();
  if (!one()) {
    put("\n{}", results_table(results, case_names(), orders_.points));
  }
  const auto right = std::ranges::count(results, "right", &TryResult::result);
  put("\n{} of {} right\n", right, plural(results.size(), "run"));
  if (!orders_.cases.not_tried.empty()) {
    put("not tried, because they are of other dialects (--dialect spec,dest): {}\n",
        fmt::join(orders_.cases.not_tried, ", "));
  }
}

std::expected<void, std::string> Trials::write_page() {
  if (!orders_.page) {
    return {};
  }
  return orders_.page->commit(
      as_html({.title = one() ? "Verdicts on a program" : "Verdicts on submissions",
               .cases = case_names(),
               .results = kept_.results(),
               .points = orders_.points,
               .found = found_}));
}

}  // namespace passbook
