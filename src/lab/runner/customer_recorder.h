// SPDX-License-Identifier: Apache-2.0
// What one customer does, written to its history and its trace while it happens.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "customer/customer.h"
#include "lab/runner/line_log.h"

namespace passbook {

/// Files to which a customer process adds what it does; those that are wanted.
struct CustomerFiles {
  std::optional<std::string> history;
  std::optional<std::string> trace;
};

/// Writes every call down before it is made, and what came of it before it is told. When that
/// fails nothing may follow: a history with holes must not be taken for a whole one.
class CustomerRecorder {
 public:
  /// The error names the file.
  static std::expected<CustomerRecorder, std::string> open(const CustomerFiles& files);

  [[nodiscard]] bool calls(const CustomerOptions& who, const Customer::Call& call);
  /// `clock`: the customer's Lamport clock, after it took the answer in.
  [[nodiscard]] bool answered(const CustomerOptions& who, const Customer::Call& call,
                              const Answer& answer, Stamp clock);
  [[nodiscard]] bool unanswered(const CustomerOptions& who, const Customer::Call& call);

  /// Why it failed; empty when it did not.
  std::string failure() const;

 private:
  bool write();

  std::optional<LineLog> history_;
  std::optional<LineLog> trace_;
};

}  // namespace passbook
