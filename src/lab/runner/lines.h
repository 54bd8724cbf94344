// SPDX-License-Identifier: Apache-2.0
// The JSON lines that drive a customer process, and its answers.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "customer/customer.h"
#include "lab/scenario/scenario.h"

namespace passbook {

using Addresses = std::map<BranchId, std::string>;

/// {"branches":{"1":"127.0.0.1:50051"},"visits":[1]}: the branches' addresses, and which of them
/// will be visited.
struct AddressLine {
  Addresses branches;
  std::vector<BranchId> visits;
};

/// {"begin_with":"0a0b..."}: a passbook, in hex, that all following events wait for; "" for none.
struct BeginLine {
  HeldPassbook base;
};

/// {"id":1,"interface":"deposit","branch":2,"money":10.50}, as in a scenario file.
struct EventLine {
  CustomerEvent event;
  Duration extra{};  ///< "extra_ms": added to the event's timeout
};

/// {"query_all":true,"extra_ms":40}: a query at every branch that has an address, all at once, each
/// by a customer with the passbook of `begin_with`.
struct QueryAllLine {
  Duration extra{};  ///< added to the timeout of each
};

using CustomerLine = std::variant<AddressLine, BeginLine, EventLine, QueryAllLine>;

struct ReadCustomerLine {
  CustomerLine line;
  /// The keys that have no meaning, in order. Those of an answer are known, since an answer may be
  /// sent again as an event.
  std::vector<std::string> unknown_keys;
};

/// The error says what is wrong, without the place.
std::expected<ReadCustomerLine, std::string> read_customer_line(std::string_view line);

std::string write_line(const AddressLine& line);
std::string write_line(const BeginLine& line);
std::string write_line(const EventLine& line);
std::string write_line(const QueryAllLine& line);

/// A customer's answer to an event: the event itself, "result", "balance", "reason",
/// "passbook", and for the runner "entry", "applied" and "at".
struct AnswerLine {
  CustomerEvent event;
  Performed performed;
  HeldPassbook held;
  Instant at{};  ///< when it was written down
};

std::string write_line(const AnswerLine& line);
std::expected<AnswerLine, std::string> read_answer_line(std::string_view line);

/// A passbook as answers show it, in hex, and back.
std::string to_hex(const HeldPassbook& held);
std::expected<HeldPassbook, std::string> read_passbook(std::string_view hex);

/// Bytes as lower-case hex, and back; nothing if the text is not hex.
std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view hex);

}  // namespace passbook
