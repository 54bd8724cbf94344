// SPDX-License-Identifier: Apache-2.0
// One completion queue for several servers, and for the calls that this process makes.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <mutex>
#include <optional>

#include "base/time.h"

namespace passbook {

/// Lets one thread wait for everything at once. The C++ API gives each server a queue of its own,
/// and a thread can wait for one queue only, so each listener would need a thread. The library's
/// core accepts the same queue for any number of servers.
///
/// All functions except `wake` belong to one thread. The servers must end before the queue.
class SharedQueue {
 public:
  SharedQueue() = default;
  ~SharedQueue();
  SharedQueue(const SharedQueue&) = delete;
  SharedQueue& operator=(const SharedQueue&) = delete;

  /// The queue, to request and make calls with.
  grpc::ServerCompletionQueue& get() { return queue_; }

  /// Starts a server whose calls arrive in this queue; null if it can't listen. The builder must
  /// have a queue of its own, which stays empty.
  std::unique_ptr<grpc::Server> start(grpc::ServerBuilder& builder);

  /// Waits for an operation to end, until `until` or `wake`, and runs its completion. False if none
  /// ended in time.
  bool run_one(Instant until);

  /// Ends the `run_one` under way, or the next one. Callable from any thread.
  void wake();

 private:
  /// The library's constructor is protected.
  struct Queue final : grpc::ServerCompletionQueue {};

  Queue queue_;
  std::mutex alarm_mutex_;
  std::optional<grpc::Alarm> alarm_;
};

}  // namespace passbook
