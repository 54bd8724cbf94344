// SPDX-License-Identifier: Apache-2.0
// Reads an output file: the answer that it claims for each event of a scenario.
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

/// An output file, matched with its scenario. The answers of a customer are matched with its events
/// over all its listings. How answers are split into objects, and the order of the customers, don't
/// matter. An answer fits an event if the interface is the same and, where the file shows them, the
/// branch and the event id. Answers and events of a customer are matched in order, or by id if all
/// have one.
struct ReadResults {
  std::string file_name;
  Style style = Style::spec;
  std::vector<std::vector<std::optional<Claim>>> claims;  ///< by listing, then by event
  /// Where the answers of each listing begin; none if the file has nothing for it.
  std::vector<std::optional<Place>> objects;
  std::vector<SurplusClaim> surplus;  ///< in file order
  std::vector<FormFault> faults;      ///< in the form of the file; in file order
  std::vector<std::string> notes;     ///< what was tolerated, each kind once, with its place
};

/// Reads an output file of any style, in JSON or close to it (find_results). Numbers in quotes,
/// words in upper case and unknown keys are accepted. The shape tells the style; styles that have
/// the same shape have the same claims. A mistake in a part of the file is a fault, and the rest is
/// read. It is an error if no answer can be read.
std::expected<ReadResults, InputError> read_results(std::string_view text,
                                                    std::string_view file_name,
                                                    const Scenario& scenario);

/// "customer 2 is missing", for a listing that the file lacks.
std::string describe_missing(const Scenario& scenario, std::size_t listing);

}  // namespace passbook
