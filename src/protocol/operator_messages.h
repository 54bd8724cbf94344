// SPDX-License-Identifier: Apache-2.0
// The messages between operators and branches.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/money.h"
#include "base/time.h"
#include "causal/version_vector.h"
#include "protocol/records.h"

namespace passbook {

/// Asks for a branch's `Status`.
struct StatusRequest {
  bool operator==(const StatusRequest&) const = default;
};

/// One step in the recovery of a branch that lost its disk. Without `next` it only asks how far the
/// branch's incarnations got. With `next`, the receiver promises to take no more entries of
/// incarnations below. With `ends` as well, it learns the ends on which all branches agreed.
struct SealRequest {
  BankId bank;
  BranchId branch;
  std::optional<Incarnation> next;
  std::vector<TaggedPosition> compare;  ///< asks which of these are in another history than the
                                        ///< receiver's
  std::optional<LogEnds> ends;
  std::uint64_t recovery = 0;  ///< random; an incarnation is promised to one recovery only
  bool operator==(const SealRequest&) const = default;
};

using OperatorRequest = std::variant<StatusRequest, SealRequest>;

/// The space on the journal's disk, in bytes.
struct DiskSpace {
  std::uint64_t free = 0;
  std::uint64_t reserve = 0;  ///< with less free space the branch takes no writes
  bool low() const { return free < reserve; }
  bool operator==(const DiskSpace&) const = default;
};

/// How withdrawals got their rights. Counts since the branch started.
struct EscrowCounters {
  std::uint64_t served_locally = 0;  ///< withdrawals accepted without asking anyone
  std::uint64_t served_by_asking = 0;
  std::uint64_t refused_with_proof = 0;
  std::uint64_t undecided_unreached = 0;  ///< given up while some branches could not be reached
  std::uint64_t undecided_reachable = 0;  ///< given up although every branch was connected
  std::uint64_t rights_requests_sent = 0;
  std::uint64_t rebalance_requests_sent = 0;
  std::uint64_t grants_given = 0;
  std::uint64_t grants_received = 0;
  bool operator==(const EscrowCounters&) const = default;
};

struct PeerStatus {
  BranchId branch;
  bool connected = false;
  bool neighbour = false;
  Incarnation incarnation;
  std::uint64_t lag = 0;  ///< entries applied here that the peer is not known to have
  std::string address;    ///< where it is dialed; empty if unknown
  /// How long it has been connected, or away. A peer that was never connected is away since the
  /// start.
  Duration since{};
  std::string last_end;     ///< why its last stream ended, for people; empty if none has
  std::string unreachable;  ///< why it could not be reached since, for people
  bool operator==(const PeerStatus&) const = default;
};

struct RightsStatus {
  Origin origin;
  Money rights;
  bool operator==(const RightsStatus&) const = default;
};

struct AccountStatus {
  AccountId account;
  Money balance;
  Money limit;
  std::vector<RightsStatus> rights;  ///< ascending by origin
  bool operator==(const AccountStatus&) const = default;
};

struct Status {
  BankId bank;
  Origin branch;
  std::string version;
  Duration uptime{};
  bool takes_writes = false;
  std::string why_not;             ///< the reason, if it takes none
  std::vector<std::string> forks;  ///< logs with two histories, each with both digests
  VersionVector applied;
  std::vector<PeerStatus> peers;
  std::vector<AccountStatus> accounts;
  EscrowCounters escrow;
  std::optional<DiskSpace> disk;  ///< none if the journal is in memory
  std::uint64_t records = 0;      ///< the number of records in the journal
  bool operator==(const Status&) const = default;
};

struct SealReply {
  std::string refused;                ///< why the request was refused; empty if it was not
  Incarnation highest;                ///< the highest incarnation of the branch that this one has
                                      ///< heard of
  std::vector<TaggedPosition> have;   ///< how far its incarnations are applied here, durably;
                                      ///< ascending
  std::vector<TaggedPosition> other;  ///< those of `compare` where this branch has another history
  VersionVector applied;
  std::uint64_t process = 0;    ///< the nonce of the branch's process that is connected here; 0 if
                                ///< none
  std::optional<Seal> known{};  ///< the newest seal of the branch, before this request
  bool operator==(const SealReply&) const = default;
};

using OperatorReply = std::variant<Status, SealReply>;

}  // namespace passbook
