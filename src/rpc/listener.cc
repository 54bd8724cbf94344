// SPDX-License-Identifier: Apache-2.0
#include "rpc/listener.h"

#include <fmt/format.h>
#include <grpcpp/health_check_service_interface.h>

#include "rpc/grpc_settings.h"

namespace passbook {
namespace {

/// "passbook.v1.BankService" of "/passbook.v1.BankService/Query".
std::string_view service_in(std::string_view method) {
  if (!method.starts_with('/')) {
    return {};
  }
  method.remove_prefix(1);
  return method.substr(0, method.rfind('/'));
}

}  // namespace

/// A call of a method that this listener does not serve. It destroys itself when it is answered.
class Listener::Misdirected final {
 public:
  explicit Misdirected(Listener& at) : at_(at), stream_(&context_) {
    ++at.misdirected_;
    at.others_.RequestCall(&context_, &stream_, &at.queue_.get(), &at.queue_.get(), &on_called_);
  }
  ~Misdirected() { --at_.misdirected_; }
  Misdirected(const Misdirected&) = delete;
  Misdirected& operator=(const Misdirected&) = delete;

 private:
  void called(bool ok) {
    if (!ok) {  // the server ends
      delete this;
      return;
    }
    new Misdirected(at_);
    stream_.Finish(at_.explain(context_.method()), &on_finished_);
  }
  void finished(bool) { delete this; }

  Listener& at_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_;
  Step<Misdirected> on_called_{*this, &Misdirected::called};
  Step<Misdirected> on_finished_{*this, &Misdirected::finished};
};

Listener::Listener(Audience audience, std::string address, grpc::Service& service,
                   SharedQueue& queue)
    : audience_(audience),
      address_(std::move(address)),
      service_(service),
      queue_(queue),
      standard_services_({std::string(service_of(audience))}) {}

Listener::~Listener() {
  server_.reset();
  if (unused_) {
    unused_->Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (unused_->Next(&tag, &ok)) {
    }
  }
}

std::expected<void, std::string> Listener::start() {
  grpc::EnableDefaultHealthCheckService(false);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address_, grpc::InsecureServerCredentials(), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMostMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostStreamsPerConnection);
  builder.SetMaxReceiveMessageSize(kMostMessageBytes);
  builder.RegisterService(&service_);
  builder.RegisterAsyncGenericService(&others_);
  standard_services_.register_with(builder);
  unused_ = builder.AddCompletionQueue();
  server_ = queue_.start(builder);
  if (!server_ || port == 0) {
    return std::unexpected(fmt::format(
        "cannot listen on {}: the address is in use, or not one of this machine", address_));
  }
  address_ = fmt::format("{}:{}", address_.substr(0, address_.rfind(':')), port);
  standard_services_.start(queue_.get());
  new Misdirected(*this);
  return {};
}

void Listener::shut_down() {
  if (server_) {
    server_->Shutdown(gpr_inf_past(GPR_CLOCK_MONOTONIC));
  }
}

grpc::Status Listener::explain(const std::string& method) const {
  const std::string_view service = service_in(method);
  const auto needed = audience_of(service);
  if (!needed) {
    return {grpc::StatusCode::UNIMPLEMENTED, fmt::format("there is no service \"{}\"", service)};
  }
  if (*needed == audience_) {
    return {grpc::StatusCode::UNIMPLEMENTED, fmt::format("there is no method {}", method)};
  }
  return {grpc::StatusCode::UNIMPLEMENTED, misdirected(audience_, *needed)};
}

}  // namespace passbook
