// SPDX-License-Identifier: Apache-2.0
// Reads an output file back: what it claims that each event of a scenario was answered.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lab/scenario/reader.h"
#include "lab/scenario/scenario.h"
#include "lab/scenario/source_text.h"
#include "lab/scenario/writer.h"

namespace passbook {

/// What the file says of one event. What it leaves out is empty.
struct Claim {
  Place place;  ///< of the answer's object
  std::optional<ResultWord> result;
  std::optional<Money> balance;
  std::string strange_result = {};  ///< a result that is no word of results, in lower case

  bool operator==(const Claim&) const = default;
};

/// An answer that belongs to no event.
struct SurplusClaim {
  CustomerId customer;
  Claim claim;

  bool operator==(const SurplusClaim&) const = default;
};

/// An output file, put beside the scenario. An answer belongs to an event when customer,
/// interface and, as far as the file shows them, branch and event id are the same; answers and
/// events are matched in their order.
struct ReadResults {
  std::string file_name;
  Style style = Style::spec;
  std::vector<std::vector<std::optional<Claim>>> claims;  ///< a list a listing, one an event
  /// Where the object of each listing is. With the style `events`, which has none, the start.
  std::vector<std::optional<Place>> objects;
  std::vector<SurplusClaim> surplus;  ///< in file order
  std::vector<std::string> notes;     ///< what was tolerated, each kind once, with its place
};

/// Reads an output file of any style, in JSON or near to it (find_results); also with numbers in
/// quotes, words in upper case, and keys of no meaning. The style is found from the shape; where
/// shapes coincide the claims do too. An error is a file of no style; what is merely wrong or
/// missing is not an error.
std::expected<ReadResults, InputError> read_results(std::string_view text,
                                                    std::string_view file_name,
                                                    const Scenario& scenario);

}  // namespace passbook
