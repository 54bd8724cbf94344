// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/sequential_check.h"

#include <algorithm>
#include <set>

#include "lab/grading/sequential.h"
#include "lab/scenario/as_judged.h"
#include "lab/scenario/json_tree.h"

namespace passbook {
namespace {

/// The one right outcome is never `unknown`.
const char* word_of(SequentialOutcome due) {
  return to_string(due == SequentialOutcome::success ? ResultWord::success : ResultWord::fail);
}

SequentialAnswer answer_of(const Claim& claim) {
  SequentialAnswer answer{std::nullopt, claim.balance};
  if (!claim.strange_result.empty()) {
    answer.outcome = SequentialOutcome::unknown;  // which is never due
  } else if (claim.result) {
    answer.outcome = outcome_of(*claim.result);
  }
  return answer;
}

/// How a step is named in a finding.
struct Label {
  Place place;
  std::string who;   // "customer 2, event 3"
  std::string what;  // "query"
  Claim claim;
};

/// The run as the judge wants it, a label for each of its steps, and what no judge needs to see.
struct History {
  std::vector<SequentialStep> steps;
  std::vector<Label> labels;
  std::vector<std::string> missing_objects;
  std::size_t shown = 0;
  std::size_t due = 0;  // what a whole file of this style shows
};

void add_event(History& history, const Listing& listing, std::size_t index, Place place,
               const std::optional<Claim>& claim, bool shown) {
  const CustomerEvent& event = listing.events[index];
  const std::uint64_t number = event.id.value_or(index + 1);
  SequentialStep step{listing.customer,
                      number,
                      SequentialRequest{kind_of(event.interface), event.money, shown},
                      {}};
  if (claim) {
    step.answer = answer_of(*claim);
  }
  history.steps.push_back(step);
  history.labels.push_back({claim ? claim->place : place,
                            fmt::format("customer {}, event {}", listing.customer.value, number),
                            to_string(event.interface), claim.value_or(Claim{})});
  history.shown += shown ? 1U : 0U;
}

void add_listing(History& history, const ReadResults& results, const Listing& listing,
                 std::size_t index) {
  const auto object = results.objects[index];
  if (!object) {
    history.missing_objects.push_back(fmt::format("{}: customer {} is missing",
                                                  name_place(results.file_name, Place{}),
                                                  listing.customer.value));
  }
  const auto last = last_query(listing);
  for (std::size_t i = 0; i < listing.events.size(); ++i) {
    const bool due = results.style != Style::balance || last == i;
    const bool shown = object && due;
    history.due += due ? 1U : 0U;
    add_event(history, listing, i, object.value_or(Place{}), results.claims[index][i], shown);
  }
}

History history_of(const Scenario& scenario, const ReadResults& results) {
  History history;
  for (std::size_t i = 0; i < scenario.listings.size(); ++i) {
    add_listing(history, results, scenario.listings[i], i);
  }
  for (const SurplusClaim& surplus : results.surplus) {
    history.steps.push_back({surplus.customer, 0, std::nullopt, answer_of(surplus.claim)});
    history.labels.push_back(
        {surplus.claim.place, fmt::format("customer {}", surplus.customer.value), "", {}});
  }
  return history;
}

std::string describe(const SequentialFinding& finding, const Label& label) {
  const auto shown = [&] { return to_string(label.claim.balance.value_or(Money{})); };
  const std::string due = to_string(finding.due_balance);
  switch (finding.fault) {
    case SequentialFault::missing:
      return label.what + " has no answer";
    case SequentialFault::surplus:
      return "this answer belongs to no event";
    case SequentialFault::no_outcome:
      return fmt::format("{} shows no result, must be {}", label.what,
                         word_of(finding.due_outcome));
    case SequentialFault::wrong_outcome:
      return fmt::format("{} {}, must be {}", label.what,
                         label.claim.result
                             ? fmt::format("is {}", to_string(*label.claim.result))
                             : "shows the result " + json_excerpt(label.claim.strange_result),
                         word_of(finding.due_outcome));
    case SequentialFault::no_balance:
      return fmt::format("{} shows no balance, must be {}", label.what, due);
    case SequentialFault::wrong_balance:
      return fmt::format("{} shows {}, must be {}", label.what, shown(), due);
  }
  return "";
}

}  // namespace

Verdict check_sequential(const Scenario& scenario, const ReadResults& results) {
  const History history = history_of(scenario, results);
  Verdict verdict;
  verdict.findings = history.missing_objects;
  std::set<std::size_t> wrong;
  for (const SequentialFinding& finding : judge_sequential(scenario.opening, history.steps)) {
    const Label& label = history.labels[finding.step];
    if (history.steps[finding.step].request) {
      wrong.insert(finding.step);
    }
    verdict.findings.push_back(fmt::format("{}: {}: {}", name_place(results.file_name, label.place),
                                           label.who, describe(finding, label)));
  }
  verdict.answers = history.due;
  verdict.explained = history.shown - std::min(history.shown, wrong.size());
  verdict.right = verdict.findings.empty();
  verdict.summary =
      verdict.right ? fmt::format("{}: right: {} answers shown, style {}", results.file_name,
                                  history.shown, to_string(results.style))
                    : fmt::format("{}: wrong: {} finding{}, style {}", results.file_name,
                                  verdict.findings.size(), verdict.findings.size() == 1 ? "" : "s",
                                  to_string(results.style));
  return verdict;
}

}  // namespace passbook
