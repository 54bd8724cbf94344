// SPDX-License-Identifier: Apache-2.0
// One address at which a branch serves one audience.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <expected>
#include <memory>
#include <string>

#include "rpc/audience.h"
#include "rpc/shared_queue.h"
#include "rpc/standard_services.h"

namespace passbook {

/// A gRPC server with one service of ours, health and reflection. A call to another service is
/// answered with the audience of this listener, and the option that names the right one.
class Listener {
 public:
  /// `service` is the audience's, `address` "HOST:PORT"; port 0 lets the kernel choose.
  Listener(Audience audience, std::string address, grpc::Service& service, SharedQueue& queue);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Begins to listen. The error says why it can't.
  std::expected<void, std::string> start();

  /// Where it listens, with the actual port.
  const std::string& address() const { return address_; }

  /// From now on health is NOT_SERVING.
  void stop_serving() { standard_services_.stop_serving(); }
  /// Ends all connections and operations. They still come out of the queue.
  void shut_down();
  /// How many of its own operations are still to come out of the queue.
  int open() const { return standard_services_.open() + misdirected_; }

 private:
  class Misdirected;

  grpc::Status explain(const std::string& method) const;

  Audience audience_;
  std::string address_;
  grpc::Service& service_;
  SharedQueue& queue_;
  StandardServices standard_services_;
  grpc::AsyncGenericService others_;  ///< takes the methods that are not served here
  int misdirected_ = 0;
  /// The builder requires it, but nothing ever arrives in it.
  std::unique_ptr<grpc::ServerCompletionQueue> unused_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace passbook
