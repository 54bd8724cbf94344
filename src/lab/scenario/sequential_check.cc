// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/sequential_check.h"

#include <algorithm>
#include <set>

#include "base/plural.h"
#include "lab/grading/sequential.h"
#include "lab/scenario/as_judged.h"

namespace passbook {
namespace {

/// The one right outcome is never `unknown`.
const char* word_of(SequentialOutcome due) {
  return to_string(due == SequentialOutcome::success ? ResultWord::success : ResultWord::fail);
}

SequentialAnswer answer_of(const Claim& claim) {
  SequentialAnswer answer{std::nullopt, claim.balance};
  if (!claim.strange_result.empty()) {
    answer.outcome = SequentialOutcome::unknown;  // never the right one
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

/// The run as the judge needs it, a label for each of its steps, and what only the verdict needs.
struct History {
  std::vector<SequentialStep> steps;
  std::vector<Label> labels;
  std::vector<std::string> missing_objects;
  std::vector<std::optional<JudgedEvent>> rows;  // one per step; none if it need not be shown
  std::size_t shown = 0;
  std::size_t due = 0;  // how many a complete file of this style shows
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

void add_listing(History& history, const Scenario& scenario, const ReadResults& results,
                 std::size_t index) {
  const Listing& listing = scenario.listings[index];
  const auto object = results.objects[index];
  if (!object) {
    history.missing_objects.push_back(fmt::format("{}: {}", name_place(results.file_name, Place{}),
                                                  describe_missing(scenario, index)));
  }
  const auto last = last_query(listing);
  for (std::size_t i = 0; i < listing.events.size(); ++i) {
    const bool due = results.style != Style::balance || last == i;
    const bool shown = object && due;
    history.due += due ? 1U : 0U;
    history.rows.push_back(due ? std::optional(row_of(scenario, results, index, i)) : std::nullopt);
    add_event(history, listing, i, object.value_or(Place{}), results.claims[index][i], shown);
  }
}

History history_of(const Scenario& scenario, const ReadResults& results) {
  History history;
  for (std::size_t i = 0; i < scenario.listings.size(); ++i) {
    add_listing(history, scenario, results, i);
  }
  for (const SurplusClaim& surplus : results.surplus) {
    history.steps.push_back({surplus.customer, 0, std::nullopt, answer_of(surplus.claim)});
    history.labels.push_back({surplus.claim.place,
                              fmt::format("customer {}", surplus.customer.value), "",
                              surplus.claim});
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
      return fmt::format("{} shows no result, expected {}", label.what,
                         word_of(finding.due_outcome));
    case SequentialFault::wrong_outcome:
      return fmt::format("{} {}, expected {}", label.what,
                         label.claim.result ? fmt::format("is {}", to_string(*label.claim.result))
                                            : "shows the result " + label.claim.strange_result,
                         word_of(finding.due_outcome));
    case SequentialFault::no_balance:
      return fmt::format("{} shows no balance, expected {}", label.what, due);
    case SequentialFault::wrong_balance:
      return fmt::format("{} shows {}, expected {}", label.what, shown(), due);
  }
  return "";
}

/// Whether a fault of the answer already says why its balance, its result or its event is missing.
bool is_explained(const SequentialFinding& finding, const Label& label) {
  const Claim& claim = label.claim;
  const bool is_empty = !claim.balance && !claim.result;
  return !claim.faults.empty() && (finding.fault == SequentialFault::no_balance ||
                                   finding.fault == SequentialFault::no_outcome ||
                                   (finding.fault == SequentialFault::surplus && is_empty));
}

/// Puts the judge's findings into words, in the order of the steps.
class FindingWriter {
 public:
  FindingWriter(const ReadResults& results, const History& history)
      : results_(results), history_(history) {
    for (const FormFault& fault : results.faults) {
      add(fault.place, fault.what);
    }
    out_.insert(out_.end(), history.missing_objects.begin(), history.missing_objects.end());
  }

  void write(const std::vector<SequentialFinding>& findings) {
    auto next = findings.begin();
    for (std::size_t step = 0; step < history_.steps.size(); ++step) {
      const Label& label = history_.labels[step];
      for (const std::string& fault : label.claim.faults) {
        add(label, label.what.empty() ? fault : label.what + ": " + fault);
        wrong_.insert(step);
      }
      for (; next != findings.end() && next->step == step; ++next) {
        write(*next, label);
      }
    }
  }

  std::vector<std::string> take_findings() { return std::move(out_); }

  /// The events that the file must show, each with the expected answer.
  std::vector<JudgedEvent> rows(const std::vector<SequentialFinding>& findings) const {
    std::vector<std::optional<JudgedEvent>> rows = history_.rows;
    rows.resize(history_.steps.size());
    for (std::size_t step = 0; step < rows.size(); ++step) {
      if (rows[step]) {
        rows[step]->right = history_.steps[step].answer && !wrong_.contains(step);
        rows[step]->expected = rows[step]->actual;
      }
    }
    for (const SequentialFinding& finding : findings) {
      const SequentialStep& step = history_.steps[finding.step];
      if (rows[finding.step]) {
        rows[finding.step]->expected = step.request->kind == SequentialKind::query
                                           ? to_string(finding.due_balance)
                                           : word_of(finding.due_outcome);
      }
    }
    std::vector<JudgedEvent> out;
    for (const auto& row : rows) {
      if (row) {
        out.push_back(*row);
      }
    }
    return out;
  }

  std::size_t wrong_answers() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        wrong_, [&](std::size_t step) { return history_.steps[step].request.has_value(); }));
  }

  /// "; the first divergence is customer 1, event 2, and 3 findings follow from it"
  std::string follow_ups() const {
    if (follow_ups_ == 0) {
      return "";
    }
    return fmt::format(
        "; the first divergence is {}, {} from {}", first_,
        follow_ups_ == 1 ? "1 finding follows" : fmt::format("{} findings follow", follow_ups_),
        roots_ == 1 ? "it" : "it or a later one");
  }

 private:
  void write(const SequentialFinding& finding, const Label& label) {
    wrong_.insert(finding.step);
    if (is_explained(finding, label)) {
      return;
    }
    const std::string what = describe(finding, label);
    if (finding.follows) {
      ++follow_ups_;
      return add(label, fmt::format("{} (follows from {})", what, root_));
    }
    add(label, what);
    if (finding.fault == SequentialFault::wrong_balance ||
        finding.fault == SequentialFault::wrong_outcome) {
      root_ = label.who;
      first_ = roots_ == 0 ? root_ : first_;
      ++roots_;
    }
  }

  void add(const Label& label, const std::string& what) {
    add(label.place, fmt::format("{}: {}", label.who, what));
  }

  void add(Place place, const std::string& what) {
    out_.push_back(fmt::format("{}: {}", name_place(results_.file_name, place), what));
  }

  const ReadResults& results_;
  const History& history_;
  std::vector<std::string> out_;
  std::set<std::size_t> wrong_;
  std::string first_;
  std::string root_;
  std::size_t roots_ = 0;
  std::size_t follow_ups_ = 0;
};

/// The steps as if no customer were missing, so that all expected answers are known.
std::vector<SequentialStep> steps_with_all_due(const History& history) {
  std::vector<SequentialStep> steps = history.steps;
  for (std::size_t i = 0; i < history.rows.size(); ++i) {
    if (history.rows[i]) {
      steps[i].request->shown = true;
    }
  }
  return steps;
}

}  // namespace

JudgedEvent row_of(const Scenario& scenario, const ReadResults& results, std::size_t listing,
                   std::size_t event) {
  const CustomerEvent& of = scenario.listings[listing].events[event];
  const auto& claim = results.claims[listing][event];
  JudgedEvent row{.customer = scenario.listings[listing].customer,
                  .event = of.id.value_or(event + 1),
                  .request = to_string(of.interface)};
  const bool query = of.interface == Interface::query;
  row.request += query ? "" : " " + to_string(of.money);
  if (claim && query && claim->balance) {
    row.actual = to_string(*claim->balance);
  } else if (claim && claim->result) {
    row.actual = to_string(*claim->result);
  } else if (claim) {
    row.actual = claim->strange_result;
  }
  return row;
}

Verdict check_sequential(const Scenario& scenario, const ReadResults& results) {
  const History history = history_of(scenario, results);
  FindingWriter writer(results, history);
  const auto findings = judge_sequential(scenario.opening, history.steps);
  writer.write(findings);
  Verdict verdict;
  verdict.events = writer.rows(judge_sequential(scenario.opening, steps_with_all_due(history)));
  verdict.findings = writer.take_findings();
  verdict.answers = history.due;
  verdict.explained = history.shown - std::min(history.shown, writer.wrong_answers());
  verdict.right = verdict.findings.empty();
  const std::string_view style = to_string(results.style);
  verdict.summary = verdict.right ? fmt::format("{}: right: {} shown, style {}", results.file_name,
                                                plural(history.shown, "answer"), style)
                                  : fmt::format("{}: wrong: {}, style {}{}", results.file_name,
                                                plural(verdict.findings.size(), "finding"), style,
                                                writer.follow_ups());
  return verdict;
}

}  // namespace passbook
