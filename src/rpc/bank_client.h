// SPDX-License-Identifier: Apache-2.0
// A customer's connections to branches.
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/ids.h"
#include "customer/customer.h"

namespace passbook {

/// Makes the calls that `Customer` asks for, one at a time.
class BankClient {
 public:
  /// `addresses`: "HOST:PORT" of each branch.
  explicit BankClient(const std::map<BranchId, std::string>& addresses);
  /// Called when a call must wait because its branch can't be reached, once for each outage.
  using Waiting = std::function<void(BranchId, const std::string& address)>;
  void on_waiting(Waiting told) { waiting_ = std::move(told); }

  ~BankClient();
  BankClient(const BankClient&) = delete;
  BankClient& operator=(const BankClient&) = delete;

  /// Opens connections to these branches and waits until they are up. False if one is not up in
  /// time.
  bool connect(const std::vector<BranchId>& branches, Duration patience);

  /// Makes the call and waits for its result, at most until its deadline. Waits for a branch that
  /// can't be reached.
  std::expected<Customer::Answered, Customer::Failed> call(const Customer::Call& call);

 private:
  struct Branch;
  void note_waiting(BranchId id, Branch& branch, Instant until);

  std::map<BranchId, std::unique_ptr<Branch>> branches_;
  Waiting waiting_;
};

}  // namespace passbook
