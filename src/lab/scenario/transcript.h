// SPDX-License-Identifier: Apache-2.0
// What an output file says, object by object, before it is known which event each answer is for.
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

/// What the file says of one event. What it leaves out is empty.
struct Claim {
  Place place;  ///< of the answer's object
  std::optional<ResultWord> result;
  std::optional<Money> balance;
  std::string strange_result = {};  ///< a result that is no word of results, as JSON
  /// What is wrong with the answer whatever its event is: "its balance is inside \"result\"".
  std::vector<std::string> faults = {};

  bool operator==(const Claim&) const = default;
};

/// One answer of the file. The balance of its claim is left to whoever knows the event.
struct FoundAnswer {
  Claim claim;
  std::optional<Interface> interface;  ///< none when the file has no such word; see the faults
  std::optional<std::uint64_t> id;
  std::optional<std::uint64_t> branch;
  std::optional<Money> balance;   ///< under "balance"
  std::optional<Money> money;     ///< under "money": a balance, or the amount of a write
  bool shows_everything = false;  ///< what only the style `full` shows

  /// Whether it says the same, wherever it stands.
  bool says_the_same(const FoundAnswer& other) const;
};

/// One object of the file: of a customer with its answers, or, in the style `balance`, with one
/// balance.
struct FoundObject {
  Place place;
  std::size_t offset = 0;
  CustomerId customer;
  std::vector<FoundAnswer> answers;
  std::optional<Claim> last;  ///< in the style `balance`
  bool flat = false;          ///< the object is the answer
};

/// What is wrong with the form of a file, and belongs to no answer.
struct FormFault {
  Place place;
  std::string what;  ///< "customer 1: \"recv\" is missing"

  bool operator==(const FormFault&) const = default;
};

struct Transcript {
  std::vector<std::vector<FoundObject>> pieces;  ///< of each piece of the file
  bool only_balances = false;                    ///< the style `balance`
  std::vector<FormFault> faults;
  Remarks tolerated;

  bool says_nothing() const;
};

/// Reads pieces, each an array of objects or an object (find_results). Whatever can't be read is a
/// fault; the rest is read.
Transcript read_transcript(std::span<const JsonValue> pieces, const SourceText& source);

}  // namespace passbook
