// SPDX-License-Identifier: Apache-2.0
#include "rpc/operator_client.h"

#include <grpcpp/grpcpp.h>

#include "passbook/v1/operator.grpc.pb.h"
#include "rpc/audience.h"
#include "rpc/grpc_settings.h"
#include "wire/operator_codec.h"

namespace passbook {
namespace {

using Stub = v1::OperatorService::Stub;

/// What to do about a branch that can't be reached.
enum class Absent : std::uint8_t { give_up, wait };

/// Puts gRPC's "failed to connect to all addresses; last error: UNKNOWN: ...: Connection refused"
/// into plain words.
std::string explain_unreachable(const std::string& said) {
  if (!said.contains("onnect")) {
    return said;
  }
  return said.contains("Connection refused") ? "connection refused: nobody listens there"
                                             : "cannot be reached: " + said;
}

template <class In, class Out>
std::expected<Out, std::string> call(Stub& stub,
                                     grpc::Status (Stub::*method)(grpc::ClientContext*, const In&,
                                                                  Out*),
                                     const In& request, Duration patience, Absent absent) {
  grpc::ClientContext context;
  context.set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                    gpr_time_from_nanos(patience.count(), GPR_TIMESPAN)));
  context.set_wait_for_ready(absent == Absent::wait);
  Out response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return std::unexpected("no answer");
  }
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    return std::unexpected(explain_unreachable(status.error_message()));
  }
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
    return std::unexpected(explain_unserved(status.error_message(), Audience::operators));
  }
  return status.ok() ? std::expected<Out, std::string>(std::move(response))
                     : std::unexpected(status.error_message());
}

template <class Out, class Response>
std::expected<Out, std::string> decoded(const std::expected<Response, std::string>& response) {
  if (!response) {
    return std::unexpected(response.error());
  }
  auto out = wire::decode(*response);
  return out ? std::expected<Out, std::string>(std::move(*out))
             : std::unexpected("the answer is invalid");
}

}  // namespace

struct OperatorClient::Connection {
  std::unique_ptr<Stub> stub;
};

OperatorClient::OperatorClient(const std::string& address)
    : connection_(std::make_unique<Connection>()) {
  connection_->stub = v1::OperatorService::NewStub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), channel_arguments()));
}

OperatorClient::~OperatorClient() = default;

std::expected<Status, std::string> OperatorClient::status(Duration patience) {
  return decoded<Status>(
      call(*connection_->stub, &Stub::Status, v1::StatusRequest{}, patience, Absent::give_up));
}

std::expected<SealReply, std::string> OperatorClient::seal(const SealRequest& request,
                                                           Duration patience) {
  return decoded<SealReply>(
      call(*connection_->stub, &Stub::Seal, wire::encode(request), patience, Absent::wait));
}

}  // namespace passbook
