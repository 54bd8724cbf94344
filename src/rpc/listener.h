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

/// A gRPC server with one service of ours, health and reflection. Who calls anything else is told
/// which listener this is, and which one is needed.
class Listener {
 public:
  /// `service` is the audience's, `address` "HOST:PORT"; port 0 lets the kernel choose.
  Listener(Audience audience, std::string address, grpc::Service& service, SharedQueue& queue);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Begins to listen; the error says why it can't.
  std::expected<void, std::string> start();

  /// Where it listens, with the port that it was given.
  const std::string& address() const { return address_; }

  /// From now on the health is NOT_SERVING.
  void stop_serving() { standard_services_.stop_serving(); }
  /// Ends all connections; what was under way or waited for ends too, and comes out of the queue.
  void shut_down();
  /// How many calls of its own are still to come out of the queue.
  int open() const { return standard_services_.open() + misdirected_; }

 private:
  class Misdirected;

  grpc::Status explain(const std::string& method) const;

  Audience audience_;
  std::string address_;
  grpc::Service& service_;
  SharedQueue& queue_;
  StandardServices standard_services_;
  grpc::AsyncGenericService others_;  ///< all methods that are not served here
  int misdirected_ = 0;
  /// The builder asks for it; nothing ever arrives in it.
  std::unique_ptr<grpc::ServerCompletionQueue> unused_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace passbook
