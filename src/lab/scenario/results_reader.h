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
#include "lab/scenario/transcript.h"
#include "lab/scenario/writer.h"

namespace passbook {

/// An answer that belongs to no event.
struct SurplusClaim {
  CustomerId customer;
  Claim claim;

  bool operator==(const SurplusClaim&) const = default;
};

/// An output file, put beside the scenario. The answers of a customer belong to its events, over
/// all its listings, however they are shared out among objects and in whatever order customers
/// come. An answer belongs to an event when interface and, as far as the file shows them, branch
/// and event id are the same; answers and events of a customer are matched in their order, or by
/// their ids where all have one.
struct ReadResults {
  std::string file_name;
  Style style = Style::spec;
  std::vector<std::vector<std::optional<Claim>>> claims;  ///< a list a listing, one an event
  /// Where the answers of each listing begin; none when nothing in the file is for it.
  std::vector<std::optional<Place>> objects;
  std::vector<SurplusClaim> surplus;  ///< in file order
  std::vector<FormFault> faults;      ///< of the form, whatever the answers are; in file order
  std::vector<std::string> notes;     ///< what was tolerated, each kind once, with its place
};

/// Reads an output file of any style, in JSON or near to it (find_results); also with numbers in
/// quotes, words in upper case, and keys of no meaning. The style is found from the shape; where
/// shapes coincide the claims do too. What is wrong with a part of the file is a fault there, and
/// the rest is read; an error is a file in which there is no answer that can be read.
std::expected<ReadResults, InputError> read_results(std::string_view text,
                                                    std::string_view file_name,
                                                    const Scenario& scenario);

/// "customer 2 is missing", for a listing that nothing in a file is for.
std::string describe_missing(const Scenario& scenario, std::size_t listing);

}  // namespace passbook
