// SPDX-License-Identifier: Apache-2.0
#include "app/check/history_verdict.h"

#include <fmt/format.h>

#include <set>

#include "app/arguments.h"
#include "lab/judges/timeline.h"
#include "lab/scenario/json_tree.h"

namespace passbook {
namespace {

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

/// The places of a violation's events, each passed through `quote`, joined by `between`.
template <class Quote>
std::string places(const HistoryVerdict& verdict, const history::Violation& violation,
                   std::string_view between, Quote quote) {
  std::string out;
  for (const std::size_t event : violation.events) {
    out += fmt::format("{}{}", out.empty() ? "" : between, quote(verdict.read.place_of(event)));
  }
  return out;
}

/// Notes which parts of the history can't be judged. Judges keep silent about them, and the reader
/// must know.
void note_holes(ReadHistory& read) {
  const history::Timeline timeline(read.history);
  for (const history::BranchFacts& branch : timeline.branches) {
    if (branch.of_bank && branch.events.empty()) {
      read.notes.push_back(fmt::format("branch {} has no history", branch.id.value));
    } else if (branch.of_bank && branch.blind_from < timeline.event_count()) {
      read.notes.push_back(
          fmt::format("{}: branch {} has entries missing from its history; its "
                      "later events are not judged",
                      read.place_of(branch.blind_from), branch.id.value));
    }
  }
}

}  // namespace

std::expected<HistoryVerdict, std::string> judge_histories(const std::vector<std::string>& files) {
  std::vector<HistoryText> texts;
  for (const std::string& file : files) {
    auto content = read_file(file);
    if (!content) {
      return std::unexpected(content.error());
    }
    texts.push_back({file, std::move(*content)});
  }
  auto read = read_history(texts);
  if (!read) {
    return std::unexpected(read.error());
  }
  HistoryVerdict out{.read = std::move(*read), .calls = 0, .entries = 0, .violations = {}};
  std::set<EntryId> entries;
  for (const history::Event& event : out.read.history.events) {
    out.calls += std::holds_alternative<history::Invoked>(event.what) ? 1 : 0;
    if (const auto* applied = std::get_if<history::Applied>(&event.what)) {
      entries.insert(applied->entry);
    }
  }
  out.entries = entries.size();
  note_holes(out.read);
  out.violations = history::judge(out.read.history);
  return out;
}

std::string summary(const HistoryVerdict& verdict) {
  const std::vector<std::string>& names = verdict.read.names;
  const history::History& history = verdict.read.history;
  const std::size_t found = verdict.violations.size();
  return fmt::format(
      "{}: {} {}, {}, {}, {}",
      names.size() == 1 ? names.front() : fmt::format("{} files", names.size()),
      found == 0 ? "right:"
                 : fmt::format("wrong: {} in", counted(found, "violation", "violations")),
      counted(history.events.size(), "event", "events"), counted(verdict.calls, "call", "calls"),
      counted(verdict.entries, "entry", "entries"),
      counted(history.bank.branches.size(), "branch", "branches"));
}

std::vector<std::string> violations_as_text(const HistoryVerdict& verdict) {
  std::vector<std::string> out;
  for (const history::Violation& violation : verdict.violations) {
    out.push_back(
        fmt::format("{}: {} ({})", violation.invariant, violation.what,
                    places(verdict, violation, ", ", [](const auto& place) { return place; })));
  }
  return out;
}

std::string verdict_as_json(const HistoryVerdict& verdict) {
  std::string violations;
  for (const history::Violation& violation : verdict.violations) {
    violations +=
        fmt::format(R"({}{{"invariant":{},"what":{},"places":[{}]}})",
                    violations.empty() ? "" : ",", json_string(violation.invariant),
                    json_string(violation.what), places(verdict, violation, ",", json_string));
  }
  std::string notes;
  for (const std::string& note : verdict.read.notes) {
    notes += (notes.empty() ? "" : ",") + json_string(note);
  }
  return fmt::format(
      R"({{"verdict":"{}","summary":{},"events":{},"calls":{},"entries":{},"branches":{},)"
      R"("violations":[{}],"notes":[{}]}})"
      "\n",
      verdict.violations.empty() ? "right" : "wrong", json_string(summary(verdict)),
      verdict.read.history.events.size(), verdict.calls, verdict.entries,
      verdict.read.history.bank.branches.size(), violations, notes);
}

}  // namespace passbook
