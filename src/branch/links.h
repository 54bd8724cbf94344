// SPDX-License-Identifier: Apache-2.0
// The streams to peers: opening, knowing who is at the other end, and noticing that nobody is.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "branch/help_calls.h"
#include "branch/options.h"
#include "branch/patience.h"
#include "branch/step.h"
#include "branch/topology.h"

namespace passbook {

/// At most one established stream a peer. A stream is established when the peer's Hello came over
/// it; until then nothing but Hello is said. When both sides opened one at the same moment, both
/// keep the one that the greater id opened.
class Links {
 public:
  Links(const Topology& topology, const BranchOptions& options, const Patience& patience)
      : topology_(topology), options_(options), patience_(patience) {}

  // What happened to streams.
  void up(LinkId link, std::optional<BranchId> dialed, Instant now);
  /// The peer that is cut off by this, if it was established and not replaced.
  std::optional<BranchId> down(const LinkDown& event, Instant now, Effects& out);
  void dial_failed(const DialFailed& event, Instant now, Effects& out);
  void heard(LinkId link, Instant now);
  /// A connected peer has answered what it was asked. Returns how long that took, if it was asked.
  std::optional<Duration> answered(BranchId peer, Instant now);
  /// Binds a stream to its peer, a process of it. True when it is now the established one.
  /// Otherwise it was closed, as a surplus one. The stream of another process of the peer is dead,
  /// though that has not been noticed.
  bool establish(LinkId link, Origin peer, Instant now, Effects& out, ProcessId process = {});
  /// Ends a stream from this side; the rest is as with `down`.
  std::optional<BranchId> close(LinkId link, std::string why, Instant now, Effects& out);

  /// Whether a stream is there; one that was closed from this side is not.
  bool open(LinkId link) const { return links_.contains(link); }
  /// Whom a stream leads to, once established.
  std::optional<Origin> peer(LinkId link) const;
  /// Whom a stream was opened to, if it was by this branch.
  std::optional<BranchId> dialed(LinkId link) const;
  bool connected(BranchId peer) const { return established_.contains(peer); }
  /// Who the peer is now; it is connected.
  Origin origin(BranchId peer) const;
  /// The process of a peer that is connected, if one is.
  std::optional<ProcessId> process(BranchId peer) const;
  /// How it has been with a peer.
  struct Contact {
    std::optional<Instant> since{};  ///< when it was connected or lost last; never yet
    std::string last_end{};          ///< why its last stream ended, if one did
    std::string unreachable{};       ///< why it could not be reached since, if that was tried
  };
  Contact contact(BranchId peer) const;
  /// Takes note of why a stream of a branch is refused: whether that has not been told of this
  /// outage. Those who are no branch of the bank share one outage, which does not end.
  bool refused_anew(BranchId peer, const std::string& why);
  /// Ascending.
  const std::map<BranchId, LinkId>& established() const { return established_; }

  /// Opens a stream to a branch that is not a neighbour, and keeps it open for a while.
  void want(BranchId peer, Instant now);
  /// Opens a stream to a neighbour, for a while, also where it is the neighbour's part to do so.
  void call(BranchId neighbour, Instant until) { wanted_[neighbour] = until; }

  /// Sends to a connected peer.
  void send(BranchId peer, PeerMessage message, Instant now, Effects& out);
  /// Sends over a stream that need not be established.
  void send(LinkId link, PeerMessage message, Instant now, Effects& out);

  /// Dials what is due, tears down what is silent (the peers that are cut off by that are
  /// returned), and says that it lives where nothing else was said.
  std::vector<BranchId> tick(Instant now, Effects& out);
  Instant wake() const;

 private:
  struct Link {
    std::optional<BranchId> dialed;
    std::optional<Origin> peer;
    ProcessId process;  ///< of the peer
    Instant since;
    Instant heard;
    Instant spoke;
    Duration missed;  ///< as `Patience::missed` was when it was heard
    Instant asks_next{};
    std::optional<Instant> asked{};  ///< to answer at once, and did not yet
  };
  struct Dialing {
    bool under_way = false;
    Instant next{};
    Duration wait{};
    std::uint64_t failed = 0;  ///< how often, since it was reached
  };

  /// What was told of one outage.
  class Told {
   public:
    /// Whether it is new, and there were not too many already.
    bool add(const std::string& why);

   private:
    std::vector<std::string> reasons_;
  };
  struct Peer {
    Contact contact{};
    Told unreachable{};
    Told refused{};
  };

  void gained(Origin peer, Instant now, Effects& out);
  void lost(Origin peer, const std::string& why, Instant now, Effects& out);
  void not_reached(BranchId peer, const std::string& why, Effects& out);
  void redial_later(BranchId peer, Instant now);
  Duration jitter(BranchId peer, const Dialing& dialing) const;
  /// The id that opened the stream.
  BranchId opener(const Link& link) const;
  bool should_dial(BranchId peer) const;
  void dial_when_due(BranchId peer, Instant now, Effects& out);
  void call_for_help(Instant now, Effects& out);
  Instant speaks_at(const Link& link) const;
  void speak(LinkId id, Link& link, Instant now, Effects& out);
  Instant silent_at(const Link& link) const;
  std::vector<LinkDown> silent_or_unwanted(Instant now) const;

  const Topology& topology_;
  const BranchOptions& options_;
  const Patience& patience_;
  std::map<LinkId, Link> links_;
  std::map<BranchId, LinkId> established_;
  std::map<BranchId, Dialing> dialing_;
  std::map<BranchId, Instant> wanted_;  ///< and until when
  HelpCalls help_calls_;
  std::map<BranchId, Peer> peers_;
};

}  // namespace passbook
