// SPDX-License-Identifier: Apache-2.0
#include "server/stop_signal.h"

#include <unistd.h>

#include <csignal>

namespace passbook {
namespace {

/// The signals that the waiting thread takes; SIGUSR1 ends it.
sigset_t signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGUSR1);
  return set;
}

}  // namespace

void StopSignal::block() {
  const sigset_t set = signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

StopSignal::StopSignal(std::function<void()> wake) : wake_(std::move(wake)) {
  block();
  thread_ = std::thread([this] { wait(); });
}

StopSignal::~StopSignal() {
  ending_ = true;
  pthread_kill(thread_.native_handle(), SIGUSR1);
  thread_.join();
}

void StopSignal::wait() {
  const sigset_t set = signals();
  int signal = 0;
  while (sigwait(&set, &signal) == 0 && !ending_) {
    if (signal == SIGUSR1) {
      continue;
    }
    if (requested_.exchange(true)) {
      _exit(1);
    }
    wake_();
  }
}

}  // namespace passbook
