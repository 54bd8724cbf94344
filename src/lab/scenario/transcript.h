// SPDX-License-Identifier: Apache-2.0
// The contents of an output file, object by object, before its answers are matched with events.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lab/scenario/json_tree.h"
#include "lab/scenario/remarks.h"
#include "lab/scenario/scenario.h"
#include "lab/scenario/source_text.h"

namespace passbook {

/// What the file says about one event. Anything that it leaves out is empty.
struct Claim {
  Place place;  ///< of the answer's object
  std::optional<ResultWord> result;
  std::optional<Money> balance;
  std::string strange_result = {};  ///< a result that is not a known word, as JSON
  /// What is wrong with the answer whatever its event is: "its balance is inside \"result\"".
  std::vector<std::string> faults = {};

  bool operator==(const Claim&) const = default;
};

/// One answer of the file. Its claim has no balance yet, because that depends on the event.
struct FoundAnswer {
  Claim claim;
  std::optional<Interface> interface;  ///< none if missing or unknown; see the faults
  std::optional<std::uint64_t> id;
  std::optional<std::uint64_t> branch;
  std::optional<Money> balance;   ///< under "balance"
  std::optional<Money> money;     ///< under "money": a balance, or the amount of a write
  bool shows_everything = false;  ///< it shows what only the style `full` shows

  /// Whether it says the same, apart from its place.
  bool same_content(const FoundAnswer& other) const;
};

/// One object of the file: a customer with its answers or, in the style `balance`, with one
/// balance.
struct FoundObject {
  Place place;
  std::size_t offset = 0;
  CustomerId customer;
  std::vector<FoundAnswer> answers;
  std::optional<Claim> last;  ///< in the style `balance`
  bool flat = false;          ///< the object is itself the answer
};

/// A fault in the form of a file that belongs to no answer.
struct FormFault {
  Place place;
  std::string what;  ///< "customer 1: \"recv\" is missing"

  bool operator==(const FormFault&) const = default;
};

struct Transcript {
  std::vector<std::vector<FoundObject>> pieces;  ///< by piece of the file
  bool only_balances = false;                    ///< the style `balance`
  std::vector<FormFault> faults;
  Remarks tolerated;

  bool has_only_faults() const;
};

/// Reads pieces, each an array of objects or an object (find_results). A part that can't be read is
/// a fault; the rest is read.
Transcript read_transcript(std::span<const JsonValue> pieces, const SourceText& source);

}  // namespace passbook
