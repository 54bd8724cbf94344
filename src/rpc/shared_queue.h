// SPDX-License-Identifier: Apache-2.0
// One completion queue for several servers and for the calls that this process makes.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <mutex>
#include <optional>

#include "base/time.h"

namespace passbook {

/// Lets one thread wait for everything at once. The C++ API gives each server a queue of its own,
/// and a thread can wait for one queue only: a queue a listener would need a thread a listener. The
/// library's core takes the same queue for any number of servers.
///
/// All functions but `wake` belong to one thread. The servers end before the queue.
class SharedQueue {
 public:
  SharedQueue() = default;
  ~SharedQueue();
  SharedQueue(const SharedQueue&) = delete;
  SharedQueue& operator=(const SharedQueue&) = delete;

  /// Where calls are asked for and made.
  grpc::ServerCompletionQueue& get() { return queue_; }

  /// Starts a server whose calls arrive in this queue; null when it can't listen. The builder must
  /// have a queue too, which stays empty.
  std::unique_ptr<grpc::Server> start(grpc::ServerBuilder& builder);

  /// Waits until something has ended, until `until`, or until `wake`, and does what follows from
  /// it. False when nothing has ended in time.
  bool run_one(Instant until);

  /// Ends a `run_one` that is under way, or the next one. From any thread.
  void wake();

 private:
  /// The library keeps the constructor for those who derive.
  struct Queue final : grpc::ServerCompletionQueue {};

  Queue queue_;
  std::mutex alarm_mutex_;
  std::optional<grpc::Alarm> alarm_;
};

}  // namespace passbook
