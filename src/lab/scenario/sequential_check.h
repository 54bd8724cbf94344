// SPDX-License-Identifier: Apache-2.0
// Checks an output file against a scenario that ran sequentially, and explains the verdict.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lab/scenario/results_reader.h"
#include "lab/scenario/scenario.h"

namespace passbook {

/// One event that the file must show, with the expected and the actual answer.
struct JudgedEvent {
  CustomerId customer;
  std::uint64_t event = 0;
  std::string request = {};   ///< "deposit 10"
  std::string expected = {};  ///< "success", "110"; "" when more than one answer would be right
  std::string actual = {};    ///< as `expected`; "" without an answer
  bool right = false;         ///< no finding is about it
};

struct Verdict {
  bool right = false;
  bool undecided = false;             ///< the search ended without a result
  std::string summary;                ///< one line: "output.json: right: ..." or "...: wrong: ..."
  std::vector<std::string> findings;  ///< one line each: "output.json:2:40: customer 2, event 3:
                                      ///< query shows 500, expected 570"; none when right
  std::vector<std::string> hints;     ///< what would explain a wrong output; one line each
  std::vector<JudgedEvent> events;    ///< all that the file must show, in the scenario's order
  std::size_t answers = 0;            ///< the number of `events`
  std::size_t explained = 0;          ///< the number of `events` that no finding is about
};

/// An event with the answer that the file shows. Leaves `expected` empty.
JudgedEvent row_of(const Scenario& scenario, const ReadResults& results, std::size_t listing,
                   std::size_t event);

/// Judges the listings one after another in file order, on one balance. A finding that follows from
/// an earlier one names it.
Verdict check_sequential(const Scenario& scenario, const ReadResults& results);

}  // namespace passbook
