// SPDX-License-Identifier: Apache-2.0
// A branch's gRPC servers and its streams to peers, as a source of events and a sink of effects.
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "branch/step.h"
#include "rpc/audience.h"

namespace passbook {

/// Serves each audience at an address of its own, along with health and reflection. It decides
/// nothing: it validates and translates calls and messages, which `poll` hands out, and translates
/// and sends answers and messages.
///
/// All functions except `wake` belong to one thread.
class Transport {
 public:
  struct Config {
    /// "HOST:PORT" for each audience; port 0 lets the kernel choose. An audience without an address
    /// is not served.
    std::map<Audience, std::string> listen;
    BankId bank;  ///< goes into the passbooks that are handed out
    /// The branches of the bank. A write whose id names another one is refused.
    std::vector<BranchId> branches;
  };

  /// Starts serving. The error says why it can't.
  static std::expected<std::unique_ptr<Transport>, std::string> start(const Config& config);

  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Where each audience is served, with the ports that the kernel chose.
  std::map<Audience, std::string> addresses() const;

  /// The peers' addresses, "HOST:PORT" each.
  void set_peers(std::map<BranchId, std::string> addresses);

  /// Waits until something happens, until `until`, or until `wake`, whichever comes first, and
  /// returns all events so far.
  std::vector<Event> poll(Instant until);

  /// Ends the `poll` under way, or the next one. Callable from any thread.
  void wake();

  void answer(const AnswerCall& answer);
  void answer(const AnswerOperator& answer);
  void send(const SendMessage& send);
  void dial(BranchId peer);
  void close(LinkId link);
  /// Ends all streams to peers.
  void hang_up();

  /// From now on refuses new calls of customers, but still serves operators.
  void drain();
  std::size_t calls_in_work() const;

 private:
  class Impl;
  explicit Transport(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace passbook
