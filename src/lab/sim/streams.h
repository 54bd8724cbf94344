// SPDX-License-Identifier: Apache-2.0
// Streams between branches: in order, and whole as long as they last, as TCP is.
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

/// Between machines: see `twin_of`. What travels on a stream arrives in order or not at all. While
/// a way is blocked, what is sent waits, as it waits in a kernel that sends it again and again; a
/// message that is lost for good breaks the stream, as does one that is too large. An end that
/// breaks says so to the other, unless the way is blocked or the machine has died without a word:
/// then the other finds out by its own patience.
class Streams {
 public:
  /// How a branch is told; dropped when it is not there.
  using ToBranch = std::function<void(BranchId, passbook::Event)>;

  Streams(World& world, Network& network, ToBranch to_branch)
      : world_(world), network_(network), to_branch_(std::move(to_branch)) {}

  /// A new stream. Both ends learn of it.
  void open(BranchId dialer, BranchId dialed);
  void send(BranchId from, LinkId link, Envelope envelope);
  /// A branch ends its end.
  void close(BranchId by, LinkId link);
  /// All ends of a branch are gone; with a word to the others, or without.
  void vanish(BranchId branch, bool silently);
  /// The streams with a branch at one end and someone at the other, and whom.
  std::vector<std::pair<LinkId, BranchId>> of(BranchId branch) const;
  /// How many there are.
  std::size_t count() const { return streams_.size(); }
  /// Ways may be free again: what waited goes on.
  void retry();

  void happen(ReachEnd& arrival);
  void happen(const EndBreaks& broken);

  /// Called with each message that is sent; for measuring.
  std::function<void(BranchId from, const Envelope&)> watch;
  /// Called when the first words of a branch on a stream will be late.
  std::function<void(BranchId from)> late;
  /// Called with each message before it travels; may change it.
  std::function<void(BranchId from, Envelope&)> alter;

 private:
  struct End {
    BranchId branch;
    bool open = true;
    bool heard_nothing = true;   ///< nothing was sent to it
    Instant last{};              ///< when the last that was sent to it arrives
    std::deque<Envelope> waits;  ///< what is sent to it and can't get through
    bool word_waits = false;     ///< that the other end is closed
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
  std::vector<LinkId>
      order_;  ///< of the streams that may still live: chance must not depend on a hash
};

}  // namespace passbook::sim
