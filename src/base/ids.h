// SPDX-License-Identifier: Apache-2.0
// Strong types for ids, positions and stamps, so that a branch can't be passed for an account.
#pragma once

#include <compare>
#include <cstdint>

namespace passbook {

/// A number with a meaning, comparable only with its own kind.
template <class Kind, class Rep>
struct StrongId {
  using rep = Rep;
  Rep value{};

  constexpr StrongId() = default;
  constexpr explicit StrongId(Rep v) : value(v) {}
  constexpr auto operator<=>(const StrongId&) const = default;
};

/// One process, one replica. Positive in every bank.
using BranchId = StrongId<struct BranchTag, std::uint32_t>;
/// Counts the lives of a branch's disk, from 1. A branch that lost its disk returns as the next.
using Incarnation = StrongId<struct IncarnationTag, std::uint32_t>;
/// A person in a scenario. Positive.
using CustomerId = StrongId<struct CustomerTag, std::uint64_t>;
/// An account. The accounts that a bank starts with have small ids; the shared one of scenario
/// files is 1.
using AccountId = StrongId<struct AccountTag, std::uint64_t>;
/// A position in the log of one origin; the first entry has 1, and 0 means none.
using Sequence = StrongId<struct SequenceTag, std::uint64_t>;
/// A Lamport stamp. Lamport, "Time, Clocks, and the Ordering of Events", CACM 1978.
using Stamp = StrongId<struct StampTag, std::uint64_t>;
/// Identifies a bank: the hash of its branch ids, accounts, openings and limits.
using BankId = StrongId<struct BankTag, std::uint64_t>;

/// A branch in one incarnation. Each origin has a log of its own.
struct Origin {
  BranchId branch;
  Incarnation incarnation{1};
  constexpr auto operator<=>(const Origin&) const = default;
};

/// Names one entry, unique in the whole bank.
struct EntryId {
  Origin origin;
  Sequence sequence;
  constexpr auto operator<=>(const EntryId&) const = default;
};

/// The first eight bytes of a block's digest as one big-endian number, so that it prints like the
/// beginning of the digest. It accompanies positions everywhere. 0 is the tag before the first
/// block.
using Tag = StrongId<struct DigestTag, std::uint64_t>;

/// A position in a log, and which history of the log is meant: the end of a block and the tag of
/// its digest, or sequence 0 and tag 0 before the first block.
struct TaggedPosition {
  EntryId end;
  Tag tag;
  constexpr auto operator<=>(const TaggedPosition&) const = default;
};

/// One session of one customer, who may have several at once. The high half of `session` is the
/// second in which it was opened, since 1970; the low half is random.
struct ClientId {
  CustomerId customer;
  std::uint64_t session = 0;
  constexpr auto operator<=>(const ClientId&) const = default;
};

/// When the session was opened, in seconds since 1970.
constexpr std::uint64_t opened_at(const ClientId& client) { return client.session >> 32U; }

/// Names a write for exactly-once: every retry carries the same id, at any branch. Only its origin
/// accepts it, or refuses it for ever. Numbers rise within a session, from 1.
struct RequestId {
  Origin origin;
  ClientId client;
  std::uint64_t number = 0;
  constexpr auto operator<=>(const RequestId&) const = default;
};

}  // namespace passbook
