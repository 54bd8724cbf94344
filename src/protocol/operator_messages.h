// SPDX-License-Identifier: Apache-2.0
// What those who run a bank ask of a branch, and what it answers.
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

/// "How are you?"
struct StatusRequest {
  bool operator==(const StatusRequest&) const = default;
};

/// A step back for a branch that lost its disk. Without `next` it only asks how far its
/// incarnations got. With it, the receiver promises to take no more of those below. With `ends` as
/// well, these are what all branches agreed on.
struct SealRequest {
  BankId bank;
  BranchId branch;
  std::optional<Incarnation> next;
  std::vector<TaggedPosition> compare;  ///< "which of these are not in your logs?"
  std::optional<LogEnds> ends;
  std::uint64_t recovery = 0;  ///< random: an incarnation is promised to one recovery only
  bool operator==(const SealRequest&) const = default;
};

using OperatorRequest = std::variant<StatusRequest, SealRequest>;

/// The space on the disk of the journal, in bytes.
struct DiskSpace {
  std::uint64_t free = 0;
  std::uint64_t reserve = 0;  ///< below it, the branch takes no writes
  bool low() const { return free < reserve; }
  bool operator==(const DiskSpace&) const = default;
};

/// How withdrawals got their rights since the branch started.
struct EscrowCounters {
  std::uint64_t served_locally = 0;  ///< withdrawals accepted without asking anyone
  std::uint64_t served_by_asking = 0;
  std::uint64_t refused_with_proof = 0;
  std::uint64_t undecided_unreached = 0;  ///< given up, with branches that could not be reached
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
  std::uint64_t lag = 0;  ///< entries applied here that it is not known to have
  std::string address;    ///< where it is dialed; empty when that is not known
  /// For how long it has been connected, or away; away since the start if it never was connected.
  Duration since{};
  std::string last_end;     ///< why its last stream ended, in words; empty if none has
  std::string unreachable;  ///< why it could not be reached since, in words
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
  std::string why_not;             ///< then, why
  std::vector<std::string> forks;  ///< logs of which two histories were seen, with both digests
  VersionVector applied;
  std::vector<PeerStatus> peers;
  std::vector<AccountStatus> accounts;
  EscrowCounters escrow;
  std::optional<DiskSpace> disk;  ///< none when the journal is in memory
  std::uint64_t records = 0;      ///< in the journal
  bool operator==(const Status&) const = default;
};

struct SealReply {
  std::string refused;               ///< why the request was refused; empty when it was not
  Incarnation highest;               ///< of the branch, that was ever heard of here
  std::vector<TaggedPosition> have;  ///< of its incarnations, durably; ascending
  std::vector<TaggedPosition>
      other;  ///< of what was compared: where this branch has another history
  VersionVector applied;
  std::uint64_t process = 0;  ///< the nonce of the branch's process that is connected here, if any
  std::optional<Seal> known{};  ///< the newest seal of the branch, before this request
  bool operator==(const SealReply&) const = default;
};

using OperatorReply = std::variant<Status, SealReply>;

}  // namespace passbook
