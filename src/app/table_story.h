// SPDX-License-Identifier: Apache-2.0
// A run as a story for people, told while it happens.
#pragma once

#include <cstdio>
#include <optional>
#include <set>
#include <string>

#include "app/colour.h"
#include "app/report.h"
#include "lab/runner/runner.h"

namespace passbook {

/// Tells short scenarios event by event. Long ones show a progress line on a terminal, and the
/// events that did not succeed.
class TableStory final : public RunStory {
 public:
  TableStory(const RunDescription& about, std::FILE* out);

  /// The scenario and options; `begin` prints them, too.
  void introduce();
  void begin();
  void customers_begin();
  void serving(BranchId branch, int port, Money balance) override;
  void ready() override;
  void arrived(EventPlace place) override;
  void narrated(std::optional<EventPlace> place, const std::vector<std::string>& lines) override;
  void performed(EventPlace place, const Performed& performed, std::size_t done,
                 std::size_t all) override;
  void end(const RunReport& report);
  /// Like `end`, without the time taken.
  void outcome(const RunReport& report);

 private:
  void tell_event(EventPlace place, const Performed& performed);
  void tell_confirmation(EventPlace place, const EventResult& result);
  std::string prefix(std::optional<EventPlace> place) const;
  const char* kind_of_balance() const;
  void tell_progress(std::size_t done, std::size_t all);
  void clear_progress();
  void tell_finals(const RunReport& report);
  void tell_failure(const RunReport& report);
  std::string output_of(const RunReport& report) const;

  const RunDescription& about_;
  std::FILE* out_;
  std::size_t events_;
  bool terminal_;
  Palette palette_;
  bool progress_shown_ = false;
  std::set<Money> balances_;  ///< at which branches began
  std::set<EventPlace> arrived_;
  std::set<std::size_t> begun_;          ///< listings that have a heading
  std::optional<EventPlace> under_way_;  ///< its lines need no prefix
};

}  // namespace passbook
