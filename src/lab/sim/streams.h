// SPDX-License-Identifier: Apache-2.0
// Streams between branches, ordered and reliable as long as they last, like TCP.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "lab/sim/network.h"
#include "lab/sim/world.h"

namespace passbook::sim {

/// Streams connect machines (see `twin_of`). Messages arrive in order or not at all. While a way is
/// blocked messages wait, as in a kernel that keeps retransmitting. A message that is lost for good
/// breaks the stream, and so does one that is too large. An end that breaks tells the other end,
/// unless the way is blocked or the machine has died silently; then the other end finds out by its
/// own patience.
class Streams {
 public:
  /// Delivers an event to a branch. It is dropped if the branch is down.
  using ToBranch = std::function<void(BranchId, passbook::Event)>;

  Streams(World& world, Network& network, ToBranch to_branch)
      : world_(world), network_(network), to_branch_(std::move(to_branch)) {}

  /// Opens a stream. Both ends learn of it.
  void open(BranchId dialer, BranchId dialed);
  void send(BranchId from, LinkId link, Envelope envelope);
  /// A branch closes its end.
  void close(BranchId by, LinkId link);
  /// All ends at a branch vanish. The other ends are told, unless `silently`.
  void vanish(BranchId branch, bool silently);
  /// The streams of a branch, each with the branch at the other end.
  std::vector<std::pair<LinkId, BranchId>> of(BranchId branch) const;
  /// The number of streams.
  std::size_t count() const { return streams_.size(); }
  /// Resends waiting messages, because ways may be free again.
  void retry();

  void happen(ReachEnd& arrival);
  void happen(const EndBreaks& broken);

  /// Called with each message that is sent, for measurements.
  std::function<void(BranchId from, const Envelope&)> watch;
  /// Called when the Hello of a branch on a stream will be late.
  std::function<void(BranchId from)> late;
  /// Called with each message before it is sent. May change it.
  std::function<void(BranchId from, Envelope&)> alter;

 private:
  struct End {
    BranchId branch;
    bool open = true;
    bool heard_nothing = true;   ///< nothing was sent to it yet
    Instant last{};              ///< when the last message sent to it arrives
    std::deque<Envelope> waits;  ///< messages to it that can't get through
    bool word_waits = false;     ///< the news that the other end is closed waits, too
  };
  struct Stream {
    End dialer;
    End dialed;
    End& end(bool of_dialed) { return of_dialed ? dialed : dialer; }
  };

  void travel(LinkId link, Stream& stream, bool to_dialed, Envelope envelope);
  void tear(LinkId link, Stream& stream, bool first_dialed, const char* why);
  void tell_end(LinkId link, Stream& stream, bool at_dialed, bool silently);
  bool blocked(Stream& stream, bool to_dialed) {
    return network_.blocked(stream.end(!to_dialed).branch, stream.end(to_dialed).branch);
  }
  Duration delay(Stream& stream, bool to_dialed) {
    return network_.delay(stream.end(!to_dialed).branch, stream.end(to_dialed).branch);
  }
  void forget_if_over(LinkId link);

  World& world_;
  Network& network_;
  ToBranch to_branch_;
  std::uint64_t last_link_ = 0;
  std::unordered_map<std::uint64_t, Stream> streams_;
  std::vector<LinkId> order_;  ///< the streams that may still live, in order: random draws must not
                               ///< depend on a hash
};

}  // namespace passbook::sim
