// SPDX-License-Identifier: Apache-2.0
// Options of a branch's behaviour. No value can make the money wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace passbook {

/// Which branches are neighbours in a bank that is no full mesh. docs/scale.md compares the shapes.
enum class MeshShape : std::uint8_t {
  binary,         ///< neighbours ±1, ±2, ±4, ... away; a route follows a distance's binary digits
  signed_binary,  ///< the same neighbours; a digit may be −1, which shortens routes
  ternary,        ///< neighbours ±1, ±3, ±9, ... away; the digits are −1, 0 and 1
  grid,           ///< neighbours in the same row or column of a square; at most two hops
};

struct BranchOptions {
  /// Must be the same in all branches of a bank.
  MeshShape mesh_shape = MeshShape::binary;
  /// An entry leaves its origin this long after it was accepted. For demonstrations of stale reads.
  Duration propagation_delay = std::chrono::milliseconds(0);
  /// A heartbeat is sent on a stream on which nothing was sent for this long.
  Duration heartbeat_every = std::chrono::seconds(1);
  /// A stream is closed if nothing arrived on it for this long.
  Duration link_timeout = std::chrono::seconds(3);
  /// Peers that do not wait for this branch's progress are told of it at most this late.
  Duration report_every = std::chrono::milliseconds(200);
  /// A branch that passes entries on waits this long for reports from the branches behind it, so
  /// that all their reports go back together.
  Duration gather_reports = std::chrono::milliseconds(5);
  /// After this long, help is sought beyond the direct way: other branches than the one in charge
  /// pass entries on, and branches that are not neighbours are asked. Where confirmations take
  /// longer, this time grows, up to `patience_most`.
  Duration patience = std::chrono::milliseconds(250);
  Duration patience_most = std::chrono::seconds(5);
  /// A withdrawal that lacks rights first asks only branches that have enough. After this long, it
  /// asks all. This time grows in the same way.
  Duration rights_patience = std::chrono::milliseconds(25);
  /// A stream that could not be opened is tried again after `redial_first`, which doubles with
  /// every failure up to `redial_most`. Each wait is shortened by up to half at random.
  Duration redial_first = std::chrono::milliseconds(20);
  Duration redial_most = std::chrono::seconds(1);
  /// A stream to a branch that is no neighbour stays open this long after its last use.
  Duration linger = std::chrono::seconds(10);
  /// No request is in work for longer than this after its first call, whatever its deadlines.
  Duration longest_request = std::chrono::seconds(60);
  /// The most time reserved from a call's deadline for the answer's way back.
  Duration margin_most = std::chrono::milliseconds(250);
  /// The most bytes of blocks in one message, unless a single block has more.
  std::size_t batch_bytes = 1'048'576;
  /// The most unconfirmed entries on one stream.
  std::size_t window_entries = 65536;
  /// The number of entries sent beyond a full window if nothing in it is confirmed.
  std::size_t beyond_window = 512;
  /// The most bytes read at once from the journal for a peer that lacks blocks no longer in memory.
  /// The block that exceeds the limit is read too.
  std::size_t fetch_bytes = 1'048'576;
  /// A snapshot is made every so many records, and entries older than the snapshot before it are
  /// dropped from memory. 0 for never, if there is no disk to read them from again.
  std::size_t snapshot_every = 0;
  /// The most accounts, and the most sessions, of a snapshot that one step copies; later steps do
  /// the rest. One step also drops at most so many blocks from memory.
  std::size_t snapshot_part = 64;
  /// The most memory for the sessions of this origin, and the same again for those of all others.
  /// Enough for a thousand busy sessions, or for a hundred thousand with a few writes each.
  std::size_t session_bytes = 67'108'864;
  /// The furthest that a session's opening time may be ahead of the local time of day.
  Duration session_ahead = std::chrono::seconds(300);
  /// A branch that existed before waits this long at the start to hear how far its peers have its
  /// log, because its disk may be old. Only then does it take writes. It starts at once when all
  /// neighbours have been heard. The time should be longer than `redial_most`, because half of the
  /// neighbours wait for their turn to dial.
  Duration listen_first = std::chrono::milliseconds(0);
  /// Set if the branch has no data and was not told that its bank is new. It takes no writes before
  /// all neighbours have said that they have none of its entries either.
  bool starts_empty = false;
  /// The command that restores the branch if its data is old or lost.
  std::string_view rebuilt_by = "passbook recover";
  /// Neighbours that are gone and are not waited for.
  std::vector<BranchId> without = {};
  /// A bank of up to this many branches is a full mesh: all are neighbours of each other.
  std::size_t full_mesh = 16;
  /// The most undecided requests, and the most requests in work, which include those that wait for
  /// confirmations. Requests beyond either limit, or beyond their customer's share, are refused.
  std::size_t most_waiting = 8192;
  std::size_t most_in_work = 32768;
  /// Whether entries of other origins are passed on. If not, the bank must be a full mesh, and a
  /// branch must wait for an unreachable origin to get its missing entries.
  bool pass_on = true;
  /// Whether steps report observations. Refused peers are always reported.
  bool observe = false;
  /// Whether observations include each message to and from a peer.
  bool observe_messages = false;
};

}  // namespace passbook
