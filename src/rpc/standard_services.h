// SPDX-License-Identifier: Apache-2.0
// Health and reflection, the two services that tools expect of every server.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "grpc/health/v1/health.grpc.pb.h"
#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "grpc/reflection/v1alpha/reflection.grpc.pb.h"
#include "rpc/completion.h"

namespace passbook {

/// Serves grpc.health.v1.Health and grpc.reflection v1 and v1alpha from the server's own queue.
/// Reflection shows only the services of this server, not everything linked into the program.
///
/// The library's own implementations run on threads that poll the server's connections, too. Most
/// messages then wake a thread that only hands them to the right one: a bank of 50 branches on two
/// cores spent a third of its time on that.
class StandardServices {
 public:
  /// `served` are the full names of the other services.
  explicit StandardServices(std::vector<std::string> served) : served_(std::move(served)) {}
  ~StandardServices();
  StandardServices(const StandardServices&) = delete;
  StandardServices& operator=(const StandardServices&) = delete;

  void register_with(grpc::ServerBuilder& builder);
  /// Begins to take calls. The server must have been started.
  void start(grpc::ServerCompletionQueue& queue);
  /// How many operations are still to come out of the queue. They all end when the server ends.
  int open() const { return open_; }

  /// From now on health is NOT_SERVING, and watchers are told.
  void stop_serving();

 private:
  class Check;
  class Watch;
  template <class Api>
  class Reflection;
  /// Counts one of them as open while it lives.
  class Open;
  struct V1;
  struct V1Alpha;

  bool knows(const std::string& service) const;
  grpc::health::v1::HealthCheckResponse health() const;

  std::vector<std::string> served_;
  grpc::health::v1::Health::AsyncService health_service_;
  grpc::reflection::v1::ServerReflection::AsyncService reflection_v1_;
  grpc::reflection::v1alpha::ServerReflection::AsyncService reflection_v1alpha_;
  grpc::ServerCompletionQueue* queue_ = nullptr;
  std::set<Watch*> watches_;
  bool serving_ = true;
  int open_ = 0;
};

}  // namespace passbook
