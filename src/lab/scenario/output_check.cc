// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/output_check.h"

#include <algorithm>
#include <map>

#include "base/plural.h"
#include "lab/scenario/as_judged.h"

namespace passbook {
namespace {

bool has_one_right_output(const CheckChoices& choices) {
  return choices.schedule == ScheduleKind::sequential &&
         (choices.model == RunModel::serial || choices.guarantees == Guarantees::session());
}

}  // namespace

OutputCheck::OutputCheck(const Scenario& scenario, const ReadResults& results,
                         const CheckChoices& choices)
    : scenario_(scenario), results_(results), choices_(choices) {
  if (has_one_right_output(choices)) {
    sequential_ = check_sequential(scenario, results);
    return;
  }
  find_plain_faults();
  observe();
  find_outcomes_not_shown();
  search_.emplace(run_, choices.model);
}

bool OutputCheck::decide(std::uint64_t steps) {
  if (!sequential_ && complete_ && found_ == Possibility::undecided) {
    found_ = search_->attempt(steps);
  }
  return sequential_ || !complete_ || found_ != Possibility::undecided;
}

/// In the style `balance` a file shows only the last query of each listing.
bool OutputCheck::is_shown(std::size_t listing, std::size_t event) const {
  return results_.style != Style::balance || last_query(scenario_.listings[listing]) == event;
}

std::string OutputCheck::name(std::size_t listing, std::size_t event) const {
  const Listing& of = scenario_.listings[listing];
  const auto& claim = results_.claims[listing][event];
  return fmt::format("{}: customer {}, event {}",
                     name_place(results_.file_name,
                                claim ? claim->place : results_.objects[listing].value_or(Place{})),
                     of.customer.value, of.events[event].id.value_or(event + 1));
}

void OutputCheck::find_fault(std::size_t listing, std::size_t event, const std::string& what) {
  faults_.push_back(fmt::format("{}: {} {}", name(listing, event),
                                to_string(scenario_.listings[listing].events[event].interface),
                                what));
  faulty_.insert({listing, event});
  complete_ = false;
}

/// Adds the faults of one answer, which counts as one wrong answer. The search can still run if the
/// answer shows its balance or its result.
void OutputCheck::find_faults_of(std::size_t listing, std::size_t event, const Claim& claim) {
  const bool query = scenario_.listings[listing].events[event].interface == Interface::query;
  complete_ = complete_ && (query ? claim.balance.has_value() : claim.result.has_value());
  for (const std::string& fault : claim.faults) {
    faults_.push_back(fmt::format("{}: {}: {}", name(listing, event),
                                  to_string(scenario_.listings[listing].events[event].interface),
                                  fault));
  }
  faulty_.insert({listing, event});
}

/// Finds answers that are wrong in any run, because they are missing, empty or nonsense.
void OutputCheck::find_plain_faults() {
  for (const FormFault& fault : results_.faults) {
    faults_.push_back(
        fmt::format("{}: {}", name_place(results_.file_name, fault.place), fault.what));
  }
  for (std::size_t l = 0; l < scenario_.listings.size(); ++l) {
    const Listing& listing = scenario_.listings[l];
    if (!results_.objects[l]) {
      faults_.push_back(fmt::format("{}: {}", name_place(results_.file_name, Place{}),
                                    describe_missing(scenario_, l)));
      complete_ = false;
    }
    for (std::size_t e = 0; e < listing.events.size(); ++e) {
      if (!is_shown(l, e)) {
        continue;
      }
      ++answers_;
      const auto& claim = results_.claims[l][e];
      const bool query = listing.events[e].interface == Interface::query;
      if (!claim) {
        if (results_.objects[l]) {
          find_fault(l, e, "has no answer");
        } else {
          faulty_.insert({l, e});
        }
      } else if (!claim->faults.empty()) {
        find_faults_of(l, e, *claim);
      } else if (!claim->strange_result.empty()) {
        find_fault(l, e, "shows the result " + claim->strange_result);
      } else if (query && claim->result.value_or(ResultWord::success) != ResultWord::success) {
        find_fault(l, e, fmt::format("is {}, expected success", to_string(*claim->result)));
      } else if (query && !claim->balance) {
        find_fault(l, e, "shows no balance");
      } else if (!query && !claim->result) {
        find_fault(l, e, "shows no result");
      }
    }
  }
  complete_ = complete_ && results_.surplus.empty();
  for (const SurplusClaim& surplus : results_.surplus) {
    const Claim& claim = surplus.claim;
    const bool has_only_faults = !claim.balance && !claim.result && !claim.faults.empty();
    faults_.push_back(fmt::format(
        "{}: customer {}: {}", name_place(results_.file_name, claim.place), surplus.customer.value,
        has_only_faults ? claim.faults.front() : "this answer belongs to no event"));
  }
}

ObservedEvent OutputCheck::observed(std::size_t listing, std::size_t event) {
  const CustomerEvent& of = scenario_.listings[listing].events[event];
  const auto& claim = results_.claims[listing][event];
  ObservedEvent out;
  out.kind = kind_of(of.interface);
  out.amount = of.money;
  if (claim && claim->result) {
    out.outcome = outcome_of(*claim->result);
  } else if (of.interface == Interface::withdraw) {
    out.outcome = SequentialOutcome::unknown;
  }
  if (claim) {
    out.balance = claim->balance;
  }
  return out;
}

/// Turns the scenario's listings into concurrent customers, with the phases of the schedule.
void OutputCheck::observe() {
  const auto branches =
      static_cast<std::int64_t>(std::max<std::size_t>(scenario_.branches.size(), 1));
  run_.opening = scenario_.opening;
  run_.most =
      Money{(Money::max().minor - std::max<std::int64_t>(scenario_.opening.minor, 0)) / branches};
  run_.promised = {choices_.guarantees.read_your_writes, choices_.guarantees.monotonic_writes,
                   choices_.guarantees.monotonic_reads, choices_.guarantees.writes_follow_reads};
  std::map<CustomerId, std::pair<std::size_t, std::uint32_t>> customers;  // index, and rounds
  for (std::size_t l = 0; l < scenario_.listings.size(); ++l) {
    const auto [known, is_new] =
        customers.try_emplace(scenario_.listings[l].customer, run_.customers.size(), 0U);
    if (is_new) {
      run_.customers.emplace_back();
      origins_.emplace_back();
    }
    observe_listing(l, known->second.first, known->second.second++);
  }
}

void OutputCheck::observe_listing(std::size_t listing, std::size_t customer, std::uint32_t round) {
  const bool settled = choices_.schedule == ScheduleKind::settled;
  const std::size_t closing = closing_from(scenario_.listings[listing]);
  for (std::size_t e = 0; e < scenario_.listings[listing].events.size(); ++e) {
    ObservedEvent event = observed(listing, e);
    if (settled) {
      event.closing = e >= closing;
      event.phase = 2 * round + (event.closing ? 1U : 0U);
    } else if (choices_.schedule == ScheduleKind::sequential) {
      event.phase = static_cast<std::uint32_t>(listing);
    }
    const auto& claim = results_.claims[listing][e];
    if (event.kind == SequentialKind::withdraw && !(claim && claim->result)) {
      outcomes_not_shown_.push_back({customer, run_.customers[customer].size()});
    }
    run_.customers[customer].push_back(event);
    origins_[customer].push_back({listing, e});
  }
}

/// A withdrawal whose result the file doesn't show succeeded if it can't have been refused. Else
/// its outcome remains unknown.
void OutputCheck::find_outcomes_not_shown() {
  for (const ObservedPlace place : outcomes_not_shown_) {
    if (must_succeed(run_, place)) {
      run_.customers[place.customer][place.event].outcome = SequentialOutcome::success;
    }
  }
}

/// "FILE:2:3: customer 2, event 3: query shows 570".
std::string OutputCheck::name_answer(ObservedPlace place) const {
  const auto [listing, index] = origins_[place.customer][place.event];
  const CustomerEvent& event = scenario_.listings[listing].events[index];
  const ObservedEvent& seen = run_.customers[place.customer][place.event];
  std::string out = fmt::format("{}: {}", name(listing, index), to_string(event.interface));
  if (event.interface != Interface::query) {
    out += fmt::format(" {} is {}", to_string(event.money),
                       seen.outcome == SequentialOutcome::success ? "success"
                       : seen.outcome == SequentialOutcome::fail  ? "fail"
                                                                  : "unknown");
  }
  return out + (seen.balance
                    ? fmt::format("{} shows {}", event.interface == Interface::query ? "" : " and",
                                  to_string(*seen.balance))
                    : "");
}

bool OutputCheck::right() const {
  return sequential_ ? sequential_->right
                     : faults_.empty() && search_->impossible_places().empty() &&
                           found_ == Possibility::possible;
}

/// Leaves `expected` empty, because many answers may be right.
std::vector<JudgedEvent> OutputCheck::rows(const std::set<Origin>& wrong) const {
  std::vector<JudgedEvent> out;
  for (std::size_t l = 0; l < scenario_.listings.size(); ++l) {
    for (std::size_t e = 0; e < scenario_.listings[l].events.size(); ++e) {
      if (is_shown(l, e)) {
        out.push_back(row_of(scenario_, results_, l, e));
        out.back().right = !wrong.contains({l, e});
      }
    }
  }
  return out;
}

Verdict OutputCheck::verdict(std::uint64_t steps_each) const {
  if (sequential_) {
    return *sequential_;
  }
  Verdict out;
  out.answers = answers_;
  out.findings = faults_;
  std::set<Origin> wrong = faulty_;
  for (const ObservedPlace place : search_->impossible_places()) {
    const ObservedEvent& event = run_.customers[place.customer][place.event];
    const bool refused =
        event.kind != SequentialKind::query && event.outcome == SequentialOutcome::fail;
    out.findings.push_back(name_answer(place) +
                           (refused && !event.balance
                                ? ": it must succeed, whichever writes it saw"
                                : ": no set of writes that it can have seen adds up to this"));
    wrong.insert(origins_[place.customer][place.event]);
  }
  if (search_->impossible_places().empty() && found_ == Possibility::impossible) {
    const Unexplained found = explain_impossible(run_, choices_.model, steps_each);
    const bool alone = found.events.size() == 1;
    for (const ObservedPlace place : found.events) {
      out.findings.push_back(name_answer(place) + (alone ? ": no run explains it"
                                                         : ": not possible together with the other "
                                                           "findings"));
      wrong.insert(origins_[place.customer][place.event]);
    }
  }
  out.events = rows(wrong);
  out.undecided = out.findings.empty() && found_ == Possibility::undecided;
  for (JudgedEvent& event : out.events) {
    event.right = event.right && !out.undecided;
  }
  out.right = right();
  out.explained = out.undecided ? 0 : answers_ - std::min(wrong.size(), answers_);
  const std::string_view schedule = to_string(choices_.schedule);
  const std::string_view style = to_string(results_.style);
  if (out.right) {
    out.summary = fmt::format("{}: right: {} possible, style {}, {}", results_.file_name,
                              plural(answers_, "answer"), style, schedule);
  } else if (out.undecided) {
    out.summary = fmt::format("{}: undecided: {}, style {}, {}", results_.file_name,
                              plural(answers_, "answer"), style, schedule);
  } else {
    out.summary = fmt::format("{}: wrong: {}, style {}, {}", results_.file_name,
                              plural(out.findings.size(), "finding"), style, schedule);
  }
  return out;
}

}  // namespace passbook
