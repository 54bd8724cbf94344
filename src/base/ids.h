// SPDX-License-Identifier: Apache-2.0
// Strong types for everything that is counted or named, so that a branch can't be passed for an
// account.
#pragma once

#include <compare>
#include <cstdint>

namespace passbook {

/// A number with a meaning: comparable with its own kind only.
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
/// An account. The accounts a bank starts with have small ids; the one that scenario files share
/// is 1.
using AccountId = StrongId<struct AccountTag, std::uint64_t>;
/// A position in the log of one origin; the first entry has 1, 0 stands for none.
using Sequence = StrongId<struct SequenceTag, std::uint64_t>;
/// A Lamport stamp. Lamport, "Time, Clocks, and the Ordering of Events", CACM 1978.
using Stamp = StrongId<struct StampTag, std::uint64_t>;
/// Identifies a bank: the hash of its branch ids, accounts, openings and limits.
using BankId = StrongId<struct BankTag, std::uint64_t>;

/// A branch in one incarnation: where an entry was accepted.
struct Origin {
  BranchId branch;
  Incarnation incarnation{1};
  constexpr auto operator<=>(const Origin&) const = default;
};

/// Names one entry of the whole bank.
struct EntryId {
  Origin origin;
  Sequence sequence;
  constexpr auto operator<=>(const EntryId&) const = default;
};

/// The first eight bytes of a block's digest as one big-endian number, so that it prints as the
/// digest begins. Goes wherever positions go. 0 is the tag of nothing.
using Tag = StrongId<struct DigestTag, std::uint64_t>;

/// A place in a log, and which log is meant: the end of a block and the tag of its digest, or
/// sequence 0 and tag 0 before the first.
struct TaggedPosition {
  EntryId end;
  Tag tag;
  constexpr auto operator<=>(const TaggedPosition&) const = default;
};

/// One session of one customer, who may have several at once. `session` begins with the second in
/// which it was opened, since 1970, in its high half; the low half is random.
struct ClientId {
  CustomerId customer;
  std::uint64_t session = 0;
  constexpr auto operator<=>(const ClientId&) const = default;
};

/// Seconds since 1970.
constexpr std::uint64_t opened_at(const ClientId& client) { return client.session >> 32U; }

/// Names a write for exactly-once: the same for every retry of it, at any branch. Only its origin
/// accepts it, or refuses it for ever. Numbers rise in a session, from 1.
struct RequestId {
  Origin origin;
  ClientId client;
  std::uint64_t number = 0;
  constexpr auto operator<=>(const RequestId&) const = default;
};

}  // namespace passbook
