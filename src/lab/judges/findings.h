// SPDX-License-Identifier: Apache-2.0
// The findings of a judge, and the names that judges use for the parts of a history.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lab/judges/timeline.h"

namespace passbook::history {

/// The first few violations of one invariant. A bug shows in thousands of places, and ten are
/// plenty.
class Findings {
 public:
  explicit Findings(std::string_view invariant) : invariant_(invariant) {}

  bool full() const { return violations_.size() >= kMost; }

  /// `events` ascend; the violation shows at the last one. kNone entries are left out.
  void add(std::string what, std::initializer_list<Index> events);

  /// Ordered by the event at which they show.
  std::vector<Violation> take() &&;

 private:
  static constexpr std::size_t kMost = 10;

  std::string invariant_;
  std::vector<Violation> violations_;
};

/// Runs a judge that takes one event after another, if the history shows all branches of the bank
/// and has events of the kind that it needs.
template <class Take>
std::vector<Violation> judge_each_event(const Timeline& timeline, EventKind needed,
                                        Findings& findings, Take take) {
  if (!timeline.has_any(needed) || !timeline.sees_all()) {
    return {};
  }
  for (Index event = 0; event < timeline.event_count() && !findings.full(); ++event) {
    take(event);
  }
  return std::move(findings).take();
}

/// In whole milliseconds, for messages.
constexpr std::int64_t milliseconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

/// "branch 2"
std::string name_of(BranchId branch);
/// "customer 3", or "customer 3 in session 7"
std::string name_of(const ClientId& client);
/// "entry 5 of branch 2", or "entry 5 of branch 2 in incarnation 3"
std::string name_of(const EntryId& entry);
/// "branch 2", or "branch 2 in incarnation 3"
std::string name_of(const Origin& origin);
/// "request 4 of customer 3 at branch 2"; the branch is the one asked first
std::string name_of(const RequestId& request);
/// "insufficient funds"
std::string_view name_of(Result result);
/// "deposit of 100 on account 1"
std::string name_of(const Invoked& call);
/// "100", or "nothing"
std::string name_of(const std::optional<Money>& balance);

}  // namespace passbook::history
