// SPDX-License-Identifier: Apache-2.0
// The least that a process can do over gRPC: connect, make one call, end. It is what whole runs
// are measured against.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>

#include "passbook/v1/bank.grpc.pb.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: bare_client HOST:PORT\n", stderr);
    return 2;
  }
  const auto channel = grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials());
  const auto stub = passbook::v1::BankService::NewStub(channel);
  passbook::v1::QueryRequest request;
  request.mutable_header()->mutable_id()->set_customer(1);
  request.set_account(1);
  passbook::v1::QueryResponse response;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
  const grpc::Status status = stub->Query(&context, request, &response);
  if (!status.ok() || response.header().result() != passbook::v1::RESULT_OK) {
    std::fprintf(stderr, "bare_client: %s\n", status.error_message().c_str());
    return 1;
  }
  return 0;
}
