// SPDX-License-Identifier: Apache-2.0
#include "rpc/shared_queue.h"

#include <grpc/grpc.h>

#include "rpc/clock.h"
#include "rpc/completion.h"

namespace passbook {
namespace {

gpr_timespec to_timespec(Instant until) {
  if (until == kNever) {
    return gpr_inf_future(GPR_CLOCK_MONOTONIC);
  }
  if (until == Instant{}) {
    return gpr_inf_past(GPR_CLOCK_MONOTONIC);
  }
  const Duration left = std::max(until - real_now(), Duration::zero());
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_nanos(left.count(), GPR_TIMESPAN));
}

/// Adds a queue to the server that is being started. The library calls this between making a server
/// and starting it, when queues may be added.
class QueueForNextServer final : public grpc::Server::GlobalCallbacks {
 public:
  static QueueForNextServer& only() {
    static auto* made = [] {
      auto* callbacks = new QueueForNextServer;  // lives as long as the library
      grpc::Server::SetGlobalCallbacks(callbacks);
      return callbacks;
    }();
    return *made;
  }

  void PreSynchronousRequest(grpc::ServerContext*) override {}
  void PostSynchronousRequest(grpc::ServerContext*) override {}
  void PreServerStart(grpc::Server* server) override {
    if (queue_ != nullptr) {
      grpc_server_register_completion_queue(server->c_server(), queue_, nullptr);
    }
  }

  std::unique_ptr<grpc::Server> start(grpc::ServerBuilder& builder, grpc_completion_queue* queue) {
    const std::scoped_lock lock(mutex_);
    queue_ = queue;
    auto server = builder.BuildAndStart();
    queue_ = nullptr;
    return server;
  }

 private:
  std::mutex mutex_;
  grpc_completion_queue* queue_ = nullptr;
};

}  // namespace

SharedQueue::~SharedQueue() {
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

std::unique_ptr<grpc::Server> SharedQueue::start(grpc::ServerBuilder& builder) {
  return QueueForNextServer::only().start(builder, queue_.cq());
}

bool SharedQueue::run_one(Instant until) {
  void* tag = nullptr;
  bool ok = false;
  if (queue_.AsyncNext(&tag, &ok, to_timespec(until)) != grpc::CompletionQueue::GOT_EVENT) {
    return false;
  }
  if (tag != nullptr) {
    static_cast<Completion*>(tag)->done(ok);
  }
  return true;
}

void SharedQueue::wake() {
  const std::scoped_lock lock(alarm_mutex_);
  alarm_.emplace();
  alarm_->Set(&queue_, gpr_inf_past(GPR_CLOCK_MONOTONIC), nullptr);
}

}  // namespace passbook
