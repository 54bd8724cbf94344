// SPDX-License-Identifier: Apache-2.0
// What can be chosen about a branch's behaviour; none of it can make the money wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace passbook {

/// Who neighbours whom in a bank that is no full mesh. docs/scale.md compares them.
enum class MeshShape : std::uint8_t {
  binary,         ///< places ±1, ±2, ±4, ... away; on its way, a distance's binary digits
  signed_binary,  ///< the same neighbours; a digit may be −1, which makes shorter ways
  ternary,        ///< places ±1, ±3, ±9, ... away; the digits are −1, 0 and 1
  grid,           ///< all in the same row or column of a square; at most two steps
};

struct BranchOptions {
  /// The same in all branches of a bank.
  MeshShape mesh_shape = MeshShape::binary;
  /// An entry leaves its origin this long after it was accepted. For showing staleness.
  Duration propagation_delay = std::chrono::milliseconds(0);
  /// A stream on which nothing was said for this long says that it lives.
  Duration heartbeat_every = std::chrono::seconds(1);
  /// A stream on which nothing was heard for this long is torn down.
  Duration link_timeout = std::chrono::seconds(3);
  /// Peers that do not wait for this branch's progress hear of it at most this late.
  Duration report_every = std::chrono::milliseconds(200);
  /// A branch that passes entries on waits this long for those behind it to report, so that all
  /// their reports go back together.
  Duration gather_reports = std::chrono::milliseconds(5);
  /// After this long, help is sought beyond the direct way: entries are passed on by others than
  /// the one whose turn it is, and branches that are not neighbours are asked. Where confirmations
  /// take long, it is longer, up to the most.
  Duration patience = std::chrono::milliseconds(250);
  Duration patience_most = std::chrono::seconds(5);
  /// A withdrawal that lacks rights asks only those who have enough; after this long, all. It is
  /// longer likewise.
  Duration rights_patience = std::chrono::milliseconds(25);
  /// A stream that could not be opened is tried again after this, doubled up to the most; each time
  /// up to half of it less.
  Duration redial_first = std::chrono::milliseconds(20);
  Duration redial_most = std::chrono::seconds(1);
  /// A stream to a branch that is no neighbour is kept open this long after it was last wanted.
  Duration linger = std::chrono::seconds(10);
  /// No request is worked on for longer than this after its first call, whatever their deadlines.
  Duration longest_request = std::chrono::seconds(60);
  /// The most time kept back from a call's deadline for the answer's way home.
  Duration margin_most = std::chrono::milliseconds(250);
  /// The most bytes of blocks in one message, unless a single block has more.
  std::size_t batch_bytes = 1'048'576;
  /// The most entries that are unconfirmed on one stream.
  std::size_t window_entries = 65536;
  /// How many go beyond a full window when nothing in it moves.
  std::size_t beyond_window = 512;
  /// The most bytes that are read at once from the journal for a peer that lacks what is no longer
  /// in memory; the block with which they are exceeded is read too.
  std::size_t fetch_bytes = 1'048'576;
  /// After so many records a snapshot is made, and entries older than the snapshot before leave
  /// the memory; 0 for never, when there is no disk to read them from again.
  std::size_t snapshot_every = 0;
  /// Of a snapshot, one step copies no more accounts than this, and no more sessions; the steps
  /// after it do the rest. Nor do more blocks leave the memory in one step.
  std::size_t snapshot_part = 64;
  /// What is remembered of the sessions of this origin takes no more, and that of all others
  /// likewise. Enough for a thousand busy sessions, or for a hundred thousand of a few writes.
  std::size_t session_bytes = 67'108'864;
  /// No session was opened so much later than it is here.
  Duration session_ahead = std::chrono::seconds(300);
  /// A branch that has been there before listens so long for what its peers have of it, before it
  /// takes writes: its disk may be old. It begins at once when all neighbours have been heard. It
  /// should be longer than `redial_most`: half of them wait for their turn to dial.
  Duration listen_first = std::chrono::milliseconds(0);
  /// It has nothing of its own, and no word that its bank is new: it takes no writes before all
  /// neighbours have said that they have nothing of it either.
  bool starts_empty = false;
  /// What brings it back when its data is old or gone: a command.
  std::string_view rebuilt_by = "passbook recover";
  /// Neighbours that are gone and need not say so.
  std::vector<BranchId> without = {};
  /// Up to this many branches, everyone is everyone's neighbour.
  std::size_t full_mesh = 16;
  /// So many requests wait at most to be decided; and so many are in work at most, those that wait
  /// for confirmations included. Beyond that, or beyond their customer's share, they are refused.
  std::size_t most_waiting = 8192;
  std::size_t most_in_work = 32768;
  /// Whether entries of others are passed on. Without it a full mesh is needed, and what a branch
  /// lacks of one that is gone it must wait for.
  bool pass_on = true;
  /// Whether steps report observations. That a peer was refused is always reported.
  bool observe = false;
  /// Whether each message to and from a peer is one of them.
  bool observe_messages = false;
};

}  // namespace passbook
