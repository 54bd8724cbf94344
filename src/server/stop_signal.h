// SPDX-License-Identifier: Apache-2.0
// SIGTERM and SIGINT as a flag that a loop can poll.
#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace passbook {

/// While it lives, the first SIGTERM or SIGINT sets `requested` and calls `wake`, from another
/// thread; a second one ends the process at once. Construct it before any other thread, so that no
/// other thread takes the signals.
class StopSignal {
 public:
  explicit StopSignal(std::function<void()> wake);
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  bool requested() const { return requested_.load(); }

  /// Keeps the signals from ending the process before a StopSignal exists to take them.
  static void block();

 private:
  void wait();

  std::function<void()> wake_;
  std::atomic<bool> requested_ = false;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace passbook
