// SPDX-License-Identifier: Apache-2.0
// Trace events written by hand, for tests.
#pragma once

#include "lab/trace/trace.h"

namespace passbook::trace {

inline constexpr Process kOne{Process::Kind::branch, 1};
inline constexpr Process kTwo{Process::Kind::branch, 2};
inline constexpr Process kAnn{Process::Kind::customer, 1};

inline Event act(Process process, Act act, std::uint64_t clock, int at = 0) {
  Event out;
  out.process = process;
  out.act = act;
  out.at = Instant(Duration(at));
  out.lamport = Stamp{clock};
  return out;
}

inline Event send(Process from, Process to, std::uint64_t clock, int at = 0,
                  Message message = Message::rights_request) {
  Event out = act(from, Act::send, clock, at);
  out.peer = to;
  out.message = message;
  return out;
}

inline Event receive(Process by, Process from, std::uint64_t sent, std::uint64_t clock, int at = 0,
                     Message message = Message::rights_request) {
  Event out = act(by, Act::receive, clock, at);
  out.peer = from;
  out.sent = Stamp{sent};
  out.message = message;
  return out;
}

}  // namespace passbook::trace
