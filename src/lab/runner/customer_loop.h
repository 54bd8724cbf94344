// SPDX-License-Identifier: Apache-2.0
// One customer process: it reads lines, calls branches, and writes answer lines.
#pragma once

#include <cstdio>
#include <expected>
#include <functional>
#include <iosfwd>
#include <string>

#include "customer/customer.h"
#include "lab/runner/customer_recorder.h"
#include "lab/runner/lines.h"

namespace passbook {

/// The memory that a customer process keeps beyond its end.
struct CustomerMemory {
  HeldPassbook base{};  ///< the passbook to begin with
  /// Keeps the passbook after each answer; the error says why it can't.
  std::function<std::expected<void, std::string>(const HeldPassbook&)> keep{};
  bool log = false;  ///< tell the log of every event, call and answer
};

/// Reads customer lines from `in` until its end and writes an answer line for each event to `out`,
/// one after another. Branch addresses come from `addresses` or, if that is empty, from a line,
/// which is answered by {"ready":true} once the branches to be visited are connected. A line that
/// can't be read is answered by {"line":3,"result":"fail","reason":..., "text":...} and named on
/// stderr, and the next one is read. Returns 0, 1 when an event ended in anything but success or
/// INSUFFICIENT_FUNDS, or 2 if a line could not be read.
///
/// If an event can't be recorded, nothing more is performed and 1 is returned.
int run_customer(const CustomerOptions& options, const Addresses& addresses, std::istream& in,
                 std::FILE* out, CustomerRecorder& recorder, const CustomerMemory& memory = {});

}  // namespace passbook
