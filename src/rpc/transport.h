// SPDX-License-Identifier: Apache-2.0
// A branch's ears and mouth: its gRPC servers and its streams to peers, as a source of events and
// a sink of effects.
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

/// Serves each audience at an address of its own, with health and reflection beside. Nothing is
/// decided here: calls and messages are checked for form, translated, and handed out by `poll`;
/// answers and messages are translated back and sent.
///
/// All functions but `wake` belong to one thread.
class Transport {
 public:
  struct Config {
    /// "HOST:PORT" each; port 0 lets the kernel choose. An audience without one is not served.
    std::map<Audience, std::string> listen;
    BankId bank;  ///< goes into the passbooks that are handed out
    /// Those of the bank: a write whose id names another is refused.
    std::vector<BranchId> branches;
  };

  /// Starts serving; the error says why it can't.
  static std::expected<std::unique_ptr<Transport>, std::string> start(const Config& config);

  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// Where each audience is served, with the ports that the kernel chose.
  std::map<Audience, std::string> addresses() const;

  /// Where the peers are, "HOST:PORT" each.
  void set_peers(std::map<BranchId, std::string> addresses);

  /// Waits until something has happened, until `until`, or until `wake`, whichever comes first,
  /// and returns all that has happened.
  std::vector<Event> poll(Instant until);

  /// Ends a `poll` that is under way, or the next one. From any thread.
  void wake();

  void answer(const AnswerCall& answer);
  void answer(const AnswerOperator& answer);
  void send(const SendMessage& send);
  void dial(BranchId peer);
  void close(LinkId link);
  /// Ends all streams to peers.
  void hang_up();

  /// From now on new calls of customers are turned away; operators are still heard.
  void drain();
  std::size_t calls_in_work() const;

 private:
  class Impl;
  explicit Transport(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace passbook
