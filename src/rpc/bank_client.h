// SPDX-License-Identifier: Apache-2.0
// A customer's connections to the branches it visits.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <string>

#include "base/ids.h"
#include "customer/customer.h"

namespace passbook {

/// Makes the calls that the customer core asks for, one at a time.
class BankClient {
 public:
  /// `addresses`: "HOST:PORT" of each branch.
  explicit BankClient(const std::map<BranchId, std::string>& addresses);
  ~BankClient();
  BankClient(const BankClient&) = delete;
  BankClient& operator=(const BankClient&) = delete;

  /// Opens the connections to some branches and waits until they are up. False when one is not
  /// in time.
  bool connect(const std::vector<BranchId>& branches, Duration patience);

  /// Makes the call and waits for what comes of it, at most until its deadline. A branch that can
  /// not be reached is waited for.
  std::expected<Customer::Answered, Customer::Failed> call(const Customer::Call& call);

 private:
  struct Branch;
  std::map<BranchId, std::unique_ptr<Branch>> branches_;
};

}  // namespace passbook
