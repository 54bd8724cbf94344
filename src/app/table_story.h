// SPDX-License-Identifier: Apache-2.0
// A run as a story for people, told while it happens.
#pragma once

#include <cstdio>
#include <string>

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
  void serving(BranchId branch, int port) override;
  void ready() override;
  void narrated(std::optional<EventPlace> place, const std::vector<std::string>& lines) override;
  void performed(EventPlace place, const Performed& performed, std::size_t done,
                 std::size_t all) override;
  void end(const RunReport& report);
  /// Like `end`, without the time taken.
  void outcome(const RunReport& report);

 private:
  void tell_event(EventPlace place, const Performed& performed);
  void tell_confirmation(const CustomerEvent& event, CustomerId customer,
                         const EventResult& result);
  void tell_progress(std::size_t done, std::size_t all);
  void clear_progress();
  void tell_finals(const RunReport& report);
  void tell_failure(const RunReport& report);

  const RunDescription& about_;
  std::FILE* out_;
  std::size_t events_ = 0;
  bool terminal_;
  bool progress_shown_ = false;
};

}  // namespace passbook
