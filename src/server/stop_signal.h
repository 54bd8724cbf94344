// SPDX-License-Identifier: Apache-2.0
// SIGTERM and SIGINT, turned into a question that a loop can ask.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace passbook {

/// From its making on, the first SIGTERM or SIGINT sets `requested` and calls `wake`, from another
/// thread; a second one ends the process at once. Make it before any other thread, so that none
/// of them takes the signals.
class StopSignal {
 public:
  explicit StopSignal(std::function<void()> wake);
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  bool requested() const { return requested_.load(); }

  /// Keeps the signals from ending the process before there is someone to take them.
  static void block();

 private:
  void wait();

  std::function<void()> wake_;
  std::atomic<bool> requested_ = false;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace passbook
