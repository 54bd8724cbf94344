// SPDX-License-Identifier: Apache-2.0
#include "rpc/calls.h"

#include <grpcpp/grpcpp.h>

#include "rpc/clock.h"
#include "rpc/grpc_settings.h"
#include "wire/codec.h"
#include "wire/operator_codec.h"

namespace passbook {
namespace {

/// How many calls of each kind may arrive within one turn without having to wait.
constexpr int kPlacesPerKind = 64;
constexpr int kPlacesForOperators = 2;

Duration remaining(const grpc::ServerContext& context) {
  const gpr_timespec deadline = context.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) {
    return kDefaultDeadline;
  }
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  return std::chrono::seconds(left.tv_sec) + std::chrono::nanoseconds(left.tv_nsec);
}

void put(const Calls::Said& said, BankId bank, auto& out) {
  *out.mutable_header() = wire::encode(std::get<Answer>(said), bank);
}
void put(const Calls::Said& said, BankId, v1::StatusResponse& out) {
  out = wire::encode(std::get<Status>(std::get<OperatorReply>(said)));
}
void put(const Calls::Said& said, BankId, v1::SealResponse& out) {
  out = wire::encode(std::get<SealReply>(std::get<OperatorReply>(said)));
}

}  // namespace

/// A call, from waiting for it until it is answered.
class Calls::UnaryCall : public Completion {
 public:
  virtual void answer(const Said& said, BankId bank) = 0;
  virtual void refuse(const grpc::Status& status) = 0;
  /// Whether it was answered or refused, after which nothing may follow.
  virtual bool answered() const = 0;

  void refuse_shutting_down() {
    refuse(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the branch is shutting down"));
  }
};

/// Destroys itself when it has been answered, or when the server ends.
template <class Service, class In, class Out>
class Calls::Call final : public UnaryCall {
 public:
  using Expect = void (Calls::*)();
  using Requester = void (Service::*)(grpc::ServerContext*, In*,
                                      grpc::ServerAsyncResponseWriter<Out>*, grpc::CompletionQueue*,
                                      grpc::ServerCompletionQueue*, void*);

  Call(Calls& calls, Service& service, Requester requester, Expect expect_another)
      : calls_(calls), expect_another_(expect_another), writer_(&context_) {
    ++calls.open_;
    auto* queue = &calls.queue_.get();
    (service.*requester)(&context_, &in_, &writer_, queue, queue, static_cast<Completion*>(this));
  }

  ~Call() override {
    calls_.calls_.erase(id_);
    --calls_.open_;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void done(bool ok) override {
    if (!ok || answered_) {
      delete this;
      return;
    }
    (calls_.*expect_another_)();
    id_ = CallId{++calls_.last_call_};
    calls_.arrived(id_, *this, context_, in_);
  }

  void answer(const Said& said, BankId bank) override {
    put(said, bank, out_);
    answered_ = true;
    writer_.Finish(out_, grpc::Status::OK, static_cast<Completion*>(this));
  }

  bool answered() const override { return answered_; }

  void refuse(const grpc::Status& status) override {
    answered_ = true;
    writer_.FinishWithError(status, static_cast<Completion*>(this));
  }

 private:
  Calls& calls_;
  Expect expect_another_;
  grpc::ServerContext context_;
  In in_;
  Out out_;
  grpc::ServerAsyncResponseWriter<Out> writer_;
  CallId id_;
  bool answered_ = false;
};

void Calls::expect_customers() {
  for (int i = 0; i < kPlacesPerKind; ++i) {
    expect_query();
    expect_deposit();
    expect_withdraw();
  }
  expect_abandon();
}

void Calls::expect_operators() {
  for (int i = 0; i < kPlacesForOperators; ++i) {
    expect_status();
    expect_seal();
  }
}

void Calls::answer(CallId call, const Said& said) {
  if (const auto found = calls_.find(call); found != calls_.end()) {
    found->second->answer(said, bank_);
  }
}

void Calls::refuse_all() {
  for (const auto& [id, call] : calls_) {
    if (!call->answered()) {
      call->refuse_shutting_down();
    }
  }
}

/// Whether a write names a branch that the bank does not have.
bool Calls::names_nobody(const Request& request) const {
  return !std::holds_alternative<Query>(request.operation) &&
         std::ranges::find(branches_, request.id.origin.branch) == branches_.end();
}

void Calls::arrived(CallId id, UnaryCall& call, const grpc::ServerContext& context,
                    const auto& in) {
  const wire::Decoded decoded = wire::decode(in);
  if (decoded.fault && decoded.fault != wire::Fault::bad_passbook) {
    call.refuse(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, wire::to_string(*decoded.fault)));
  } else if (names_nobody(decoded.request)) {
    const BranchId named = decoded.request.id.origin.branch;
    call.refuse(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
                             fmt::format("header.id.branch: there is no branch {}", named.value)));
  } else if (draining_) {
    call.refuse_shutting_down();
  } else if (decoded.fault) {
    call.answer(
        Answer{
            .outcome = Outcome::invalid_passbook, .balance = {}, .passbook = {}, .unreached = {}},
        bank_);
  } else {
    calls_[id] = &call;
    events_.emplace_back(Called{id, decoded.request, real_now() + remaining(context)});
  }
}

void Calls::arrived(CallId id, UnaryCall& call, const grpc::ServerContext&,
                    const v1::StatusRequest&) {
  calls_[id] = &call;
  events_.emplace_back(OperatorCalled{id, StatusRequest{}});
}

void Calls::arrived(CallId id, UnaryCall& call, const grpc::ServerContext&,
                    const v1::SealRequest& in) {
  auto request = wire::decode(in);
  if (!request) {
    call.refuse(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "this can't be sealed"));
    return;
  }
  calls_[id] = &call;
  events_.emplace_back(OperatorCalled{id, std::move(*request)});
}

void Calls::expect_query() {
  using Service = v1::BankService::AsyncService;
  new Call<Service, v1::QueryRequest, v1::QueryResponse>(
      *this, bank_service_, &Service::RequestQuery, &Calls::expect_query);
}

void Calls::expect_deposit() {
  using Service = v1::BankService::AsyncService;
  new Call<Service, v1::DepositRequest, v1::DepositResponse>(
      *this, bank_service_, &Service::RequestDeposit, &Calls::expect_deposit);
}

void Calls::expect_withdraw() {
  using Service = v1::BankService::AsyncService;
  new Call<Service, v1::WithdrawRequest, v1::WithdrawResponse>(
      *this, bank_service_, &Service::RequestWithdraw, &Calls::expect_withdraw);
}

void Calls::expect_abandon() {
  using Service = v1::BankService::AsyncService;
  new Call<Service, v1::AbandonRequest, v1::AbandonResponse>(
      *this, bank_service_, &Service::RequestAbandon, &Calls::expect_abandon);
}

void Calls::expect_status() {
  using Service = v1::OperatorService::AsyncService;
  new Call<Service, v1::StatusRequest, v1::StatusResponse>(
      *this, operator_service_, &Service::RequestStatus, &Calls::expect_status);
}

void Calls::expect_seal() {
  using Service = v1::OperatorService::AsyncService;
  new Call<Service, v1::SealRequest, v1::SealResponse>(*this, operator_service_,
                                                       &Service::RequestSeal, &Calls::expect_seal);
}

}  // namespace passbook
