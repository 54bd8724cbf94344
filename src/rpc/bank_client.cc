// SPDX-License-Identifier: Apache-2.0
#include "rpc/bank_client.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <atomic>

#include "passbook/v1/bank.grpc.pb.h"
#include "rpc/audience.h"
#include "rpc/clock.h"
#include "rpc/grpc_settings.h"
#include "wire/codec.h"

namespace passbook {
namespace {

gpr_timespec after(Duration wait) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_nanos(wait.count(), GPR_TIMESPAN));
}

/// Sends the request by the method that fits its operation.
struct Sender {
  v1::BankService::Stub& stub;
  grpc::ClientContext& context;
  const Request& request;
  v1::AnswerHeader& header;

  grpc::Status operator()(const Query&) const {
    v1::QueryResponse response;
    return taken(stub.Query(&context, wire::encode_query(request), &response), response);
  }
  grpc::Status operator()(const Deposit&) const {
    v1::DepositResponse response;
    return taken(stub.Deposit(&context, wire::encode_deposit(request), &response), response);
  }
  grpc::Status operator()(const Withdrawal&) const {
    v1::WithdrawResponse response;
    return taken(stub.Withdraw(&context, wire::encode_withdraw(request), &response), response);
  }
  grpc::Status operator()(const Abandon&) const {
    v1::AbandonResponse response;
    return taken(stub.Abandon(&context, wire::encode_abandon(request), &response), response);
  }

 private:
  template <class Response>
  grpc::Status taken(const grpc::Status& status, Response& response) const {
    header = std::move(*response.mutable_header());
    return status;
  }
};

/// How long to wait for a branch that refused a call to close the connection.
constexpr Duration kWaitForClose = std::chrono::milliseconds(100);

/// Whether another attempt may succeed: the branch is down or shutting down.
bool is_retryable(grpc::StatusCode code) {
  return code == grpc::StatusCode::UNAVAILABLE || code == grpc::StatusCode::CANCELLED;
}

}  // namespace

struct BankClient::Branch {
  std::string address;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::BankService::Stub> stub;
  std::atomic<bool> reported{false};  ///< this outage was reported
};

BankClient::BankClient(const std::map<BranchId, std::string>& addresses) {
  for (const auto& [branch, address] : addresses) {
    auto made = std::make_unique<Branch>();
    made->address = address;
    made->channel =
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), channel_arguments());
    made->stub = v1::BankService::NewStub(made->channel);
    branches_.emplace(branch, std::move(made));
  }
}

BankClient::~BankClient() = default;

bool BankClient::connect(const std::vector<BranchId>& branches, Duration patience) {
  for (const BranchId branch : branches) {
    branches_.at(branch)->channel->GetState(/*try_to_connect=*/true);
  }
  const gpr_timespec until = after(patience);
  bool all = true;
  for (const BranchId branch : branches) {
    all = branches_.at(branch)->channel->WaitForConnected(until) && all;
  }
  return all;
}

/// Waits until it is clear whether the branch can be reached.
void BankClient::note_waiting(BranchId id, Branch& branch, Instant until) {
  auto state = branch.channel->GetState(/*try_to_connect=*/true);
  while ((state == GRPC_CHANNEL_IDLE || state == GRPC_CHANNEL_CONNECTING) &&
         branch.channel->WaitForStateChange(state, after(until - real_now()))) {
    state = branch.channel->GetState(/*try_to_connect=*/true);
  }
  if (state == GRPC_CHANNEL_READY) {
    branch.reported = false;
  } else if (waiting_ && !branch.reported.exchange(true)) {
    waiting_(id, branch.address);
  }
}

std::expected<Customer::Answered, Customer::Failed> BankClient::call(const Customer::Call& call) {
  const auto branch = branches_.find(call.branch);
  if (branch == branches_.end()) {
    return std::unexpected(
        Customer::Failed{.why = fmt::format("branch {} has no address", call.branch.value),
                         .final = true,
                         .no_effect = true});
  }
  if (call.begin > real_now()) {  // a pause, which ends early if the connection does
    branch->second->channel->WaitForStateChange(GRPC_CHANNEL_READY, after(call.begin - real_now()));
  }
  note_waiting(call.branch, *branch->second, call.deadline);
  grpc::ClientContext context;
  context.set_deadline(after(call.deadline - real_now()));
  context.set_wait_for_ready(true);
  v1::AnswerHeader header;
  const grpc::Status status = std::visit(
      Sender{*branch->second->stub, context, call.request, header}, call.request.operation);
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {  // no branch has seen the call
    return std::unexpected(Customer::Failed{
        .why = fmt::format("{} {}", branch->second->address,
                           explain_unserved(status.error_message(), Audience::customers)),
        .final = true,
        .no_effect = true});
  }
  if (!status.ok()) {
    // A branch that refuses calls is about to close the connection. Wait for that instead of
    // calling it again and again.
    if (is_retryable(status.error_code()) &&
        branch->second->channel->GetState(false) == GRPC_CHANNEL_READY) {
      branch->second->channel->WaitForStateChange(
          GRPC_CHANNEL_READY, after(std::min(call.deadline - real_now(), kWaitForClose)));
    }
    return std::unexpected(Customer::Failed{
        .why =
            fmt::format("no answer from branch {}: {}", call.branch.value, status.error_message()),
        .final = !is_retryable(status.error_code())});
  }
  auto answer = wire::decode(header);
  if (!answer) {
    return std::unexpected(Customer::Failed{
        .why = fmt::format("branch {} sent an invalid answer", call.branch.value), .final = true});
  }
  return Customer::Answered{std::move(answer->answer), answer->bank};
}

}  // namespace passbook
