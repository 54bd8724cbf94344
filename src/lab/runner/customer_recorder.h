// SPDX-License-Identifier: Apache-2.0
// Records the history and the trace of one customer while it works.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "customer/customer.h"
#include "lab/runner/line_log.h"

namespace passbook {

/// The files to which a customer process appends its events. An absent file is not written.
struct CustomerFiles {
  std::optional<std::string> history;
  std::optional<std::string> trace;
};

/// Records every call before it is made, and every result before it is reported. If that fails
/// nothing may follow, because a history with holes must not pass for a complete one.
class CustomerRecorder {
 public:
  /// The error names the file.
  static std::expected<CustomerRecorder, std::string> open(const CustomerFiles& files);

  [[nodiscard]] bool calls(const CustomerOptions& who, const Customer::Call& call);
  /// `clock` is the customer's Lamport clock after it took the answer in.
  [[nodiscard]] bool answered(const CustomerOptions& who, const Customer::Call& call,
                              const Answer& answer, Stamp clock);
  [[nodiscard]] bool unanswered(const CustomerOptions& who, const Customer::Call& call);

  /// Why it failed; empty if it did not.
  std::string failure() const;

 private:
  bool write();

  std::optional<LineLog> history_;
  std::optional<LineLog> trace_;
};

}  // namespace passbook
