// SPDX-License-Identifier: Apache-2.0
// The calls of customers and operators, from their arrival to their answer.
#pragma once

#include <map>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "branch/step.h"
#include "passbook/v1/bank.grpc.pb.h"
#include "passbook/v1/operator.grpc.pb.h"
#include "rpc/completion.h"
#include "rpc/shared_queue.h"

namespace passbook {

/// Validates calls and translates them into events, and translates answers back.
class Calls {
 public:
  using Said = std::variant<Answer, OperatorReply>;

  /// `bank` goes into the passbooks that are handed out; `branches` are the branches of the bank.
  Calls(BankId bank, std::vector<BranchId> branches, SharedQueue& queue, std::vector<Event>& events)
      : bank_(bank), branches_(std::move(branches)), queue_(queue), events_(events) {}

  grpc::Service& bank_service() { return bank_service_; }
  grpc::Service& operator_service() { return operator_service_; }

  // Begin to take calls. The server of the service must have been started.
  void expect_customers();
  void expect_operators();

  /// Does nothing if the call has ended meanwhile.
  void answer(CallId call, const Said& said);

  /// From now on refuses new calls of customers, but still serves operators.
  void drain() { draining_ = true; }
  /// Refuses all calls from now on, including those in work and those of operators.
  void refuse_all();

  std::size_t in_work() const { return calls_.size(); }
  /// How many operations are still to come out of the queue, including those that wait for a
  /// caller.
  int open() const { return open_; }

 private:
  class UnaryCall;
  template <class Service, class In, class Out>
  class Call;

  void expect_query();
  void expect_deposit();
  void expect_withdraw();
  void expect_abandon();
  void expect_status();
  void expect_seal();

  /// A call has arrived. It becomes an event, or is answered here if it is malformed.
  void arrived(CallId id, UnaryCall& call, const grpc::ServerContext& context, const auto& in);
  void arrived(CallId id, UnaryCall& call, const grpc::ServerContext& context,
               const v1::StatusRequest& in);
  void arrived(CallId id, UnaryCall& call, const grpc::ServerContext& context,
               const v1::SealRequest& in);

  bool names_nobody(const Request& request) const;

  BankId bank_;
  std::vector<BranchId> branches_;
  SharedQueue& queue_;
  std::vector<Event>& events_;
  v1::BankService::AsyncService bank_service_;
  v1::OperatorService::AsyncService operator_service_;
  std::map<CallId, UnaryCall*> calls_;
  std::uint64_t last_call_ = 0;
  int open_ = 0;
  bool draining_ = false;
};

}  // namespace passbook
