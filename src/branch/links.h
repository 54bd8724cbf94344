// SPDX-License-Identifier: Apache-2.0
// The streams to peers: opens them, identifies the peer of each, and detects dead ones.
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

/// Keeps at most one established stream per peer. A stream is established once the peer's Hello has
/// arrived on it; until then only Hello is sent. If both sides opened one at the same moment, both
/// keep the one opened by the greater id.
class Links {
 public:
  Links(const Topology& topology, const BranchOptions& options, const Patience& patience)
      : topology_(topology), options_(options), patience_(patience) {}

  // Events of streams.
  void up(LinkId link, std::optional<BranchId> dialed, Instant now);
  /// Returns the peer that this disconnects, if the stream was established and not replaced.
  std::optional<BranchId> down(const LinkDown& event, Instant now, Effects& out);
  void dial_failed(const DialFailed& event, Instant now, Effects& out);
  void heard(LinkId link, Instant now);
  /// A connected peer has answered. Returns the round-trip time if a question was open.
  std::optional<Duration> answered(BranchId peer, Instant now);
  /// Binds a stream to its peer and the peer's process. True if the stream is now the established
  /// one; otherwise it was closed as surplus. A stream of another process of the peer is dead, even
  /// if that was not noticed yet, and is replaced.
  bool establish(LinkId link, Origin peer, Instant now, Effects& out, ProcessId process = {});
  /// Closes a stream from this side. Returns the same as `down`.
  std::optional<BranchId> close(LinkId link, std::string why, Instant now, Effects& out);

  /// Whether a stream is open. A stream closed from this side is not.
  bool open(LinkId link) const { return links_.contains(link); }
  /// The peer of a stream, once established.
  std::optional<Origin> peer(LinkId link) const;
  /// The peer to which this branch opened a stream, if this branch did.
  std::optional<BranchId> dialed(LinkId link) const;
  bool connected(BranchId peer) const { return established_.contains(peer); }
  /// The current origin of a peer, which must be connected.
  Origin origin(BranchId peer) const;
  /// The connected process of a peer, if there is one.
  std::optional<ProcessId> process(BranchId peer) const;
  /// The history of the connection to a peer.
  struct Contact {
    std::optional<Instant> since{};  ///< when it was last connected or lost; empty if it never was
    std::string last_end{};          ///< why its last stream ended, if one did
    std::string unreachable{};       ///< why it could not be reached since, if it was dialed
  };
  Contact contact(BranchId peer) const;
  /// Records why a stream of a branch is refused. True if this reason was not yet reported in the
  /// current outage. Senders that are no branch of the bank share one outage that never ends.
  bool refused_anew(BranchId peer, const std::string& why);
  /// Ascending.
  const std::map<BranchId, LinkId>& established() const { return established_; }

  /// Opens a stream to a branch that is not a neighbour, and keeps it open for a while.
  void want(BranchId peer, Instant now);
  /// Opens a stream to a neighbour until `until`, even if the neighbour is the side that dials.
  void call(BranchId neighbour, Instant until) { wanted_[neighbour] = until; }

  /// Sends to a connected peer.
  void send(BranchId peer, PeerMessage message, Instant now, Effects& out);
  /// Sends over a stream that need not be established.
  void send(LinkId link, PeerMessage message, Instant now, Effects& out);

  /// Dials when due, closes silent streams, and sends heartbeats on idle ones. Returns the peers
  /// that were disconnected.
  std::vector<BranchId> tick(Instant now, Effects& out);
  Instant wake() const;

 private:
  struct Link {
    std::optional<BranchId> dialed;
    std::optional<Origin> peer;
    ProcessId process;  ///< the peer's process
    Instant since;
    Instant heard;
    Instant spoke;
    Duration missed;  ///< the value of `Patience::missed` when it was heard
    Instant asks_next{};
    /// When an immediate answer was asked for, while none has come.
    std::optional<Instant> asked{};
  };
  struct Dialing {
    bool under_way = false;
    Instant next{};
    Duration wait{};
    std::uint64_t failed = 0;  ///< failed attempts since it was last reached
  };

  /// The reasons reported in one outage.
  class ReportedReasons {
   public:
    /// Whether the reason is new and the limit of reasons is not reached.
    bool add(const std::string& why);

   private:
    std::vector<std::string> reasons_;
  };
  struct Peer {
    Contact contact{};
    ReportedReasons unreachable{};
    ReportedReasons refused{};
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
  std::map<BranchId, Instant> wanted_;  ///< by peer, until when
  HelpCalls help_calls_;
  std::map<BranchId, Peer> peers_;
};

}  // namespace passbook
