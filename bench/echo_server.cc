// SPDX-License-Identifier: Apache-2.0
// The least that a server can do with a deposit: read the call, write an answer as long as a
// branch's. Asynchronous, with one thread on one completion queue, as a branch is.
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <memory>

#include "passbook/v1/bank.grpc.pb.h"
#include "wire/codec.h"

namespace {

using namespace passbook;
using Service = v1::BankService::AsyncService;

/// What a branch answers to the deposits of one session.
v1::DepositResponse usual_answer() {
  const TaggedPosition position{{{BranchId{1}}, Sequence{10'000}}, Tag{0xfedcba9876543210}};
  v1::DepositResponse out;
  *out.mutable_header() = wire::encode({.outcome = Outcome::ok,
                                        .balance = Money{1'000'000},
                                        .passbook = {{position}, {position}},
                                        .unreached = {},
                                        .confirmed = 1},
                                       BankId{~std::uint64_t{0}});
  return out;
}

/// Waits for a call, answers it, and is over; another waits from when this one began.
class Call {
 public:
  Call(Service& service, grpc::ServerCompletionQueue& queue, const v1::DepositResponse& answer)
      : service_(service), queue_(queue), answer_(answer), writer_(&context_) {
    service.RequestDeposit(&context_, &request_, &writer_, &queue, &queue, this);
  }

  void done(bool ok) {
    if (!ok || answered_) {
      delete this;
      return;
    }
    new Call(service_, queue_, answer_);
    answered_ = true;
    writer_.Finish(answer_, grpc::Status::OK, this);
  }

 private:
  Service& service_;
  grpc::ServerCompletionQueue& queue_;
  const v1::DepositResponse& answer_;
  grpc::ServerContext context_;
  v1::DepositRequest request_;
  grpc::ServerAsyncResponseWriter<v1::DepositResponse> writer_;
  bool answered_ = false;
};

}  // namespace

int main() {
  Service service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto queue = builder.AddCompletionQueue();
  const auto server = builder.BuildAndStart();
  const v1::DepositResponse answer = usual_answer();
  for (int places = 0; places < 64; ++places) {
    new Call(service, *queue, answer);
  }
  std::printf("echo serves on 127.0.0.1:%d\n", port);
  std::fflush(stdout);
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) {
    static_cast<Call*>(tag)->done(ok);
  }
}
