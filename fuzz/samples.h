// SPDX-License-Identifier: Apache-2.0
// Random things of the protocol, for seeds.
#pragma once

#include <optional>
#include <vector>

#include "base/random.h"
#include "causal/passbook.h"
#include "ledger/block_builder.h"
#include "ledger/entry.h"
#include "protocol/records.h"

namespace passbook::fuzz {

inline Origin sample_origin(Random& random) {
  return {BranchId{static_cast<std::uint32_t>(1 + random.below(50))},
          Incarnation{static_cast<std::uint32_t>(1 + random.below(2))}};
}

inline EntryId sample_position(Random& random) {
  return {sample_origin(random), Sequence{1 + (random.next() >> (1 + random.below(63)))}};
}

inline VersionVector sample_vector(Random& random) {
  VersionVector out;
  for (std::uint64_t i = random.below(5); i > 0; --i) {
    out.raise(sample_position(random));
  }
  return out;
}

/// Some of them without tags.
inline TaggedVector sample_tagged_vector(Random& random) {
  TaggedVector out;
  for (std::uint64_t i = random.below(5); i > 0; --i) {
    out.raise({sample_position(random), Tag{random.chance(1, 4) ? 0 : random.next()}});
  }
  return out;
}

inline Passbook sample_passbook(Random& random) {
  return {sample_tagged_vector(random), sample_tagged_vector(random)};
}

inline RequestId sample_request_id(Random& random, Origin origin) {
  return {origin, {CustomerId{1 + random.below(99)}, random.next()}, random.below(1000)};
}
inline RequestId sample_request_id(Random& random) {
  return sample_request_id(random, sample_origin(random));
}

inline Change sample_change(Random& random) {
  const AccountId account{1 + random.below(3)};
  const Money amount{static_cast<std::int64_t>(1 + (random.next() >> (2 + random.below(62))))};
  switch (random.below(4)) {
    case 0:
      return Deposit{account, amount};
    case 1:
      return Withdrawal{account, amount};
    case 2:
      return Release{account, sample_origin(random), amount};
    default:
      return Grant{account, sample_origin(random), amount};
  }
}

inline TaggedPosition sample_tagged(Random& random) {
  return {sample_position(random), Tag{random.next()}};
}

/// A block of some deposits and withdrawals, some of which answer requests.
inline Block sample_block(Random& random) {
  const Origin origin = sample_origin(random);
  BlockBuilder builder({.origin = origin,
                        .process = {.counter = 1 + random.below(9), .nonce = random.next()},
                        .first = Sequence{2 + random.below(1U << 20U)},
                        .stamp = Stamp{random.below(1U << 20U)},
                        .dependencies = {},
                        .previous = digest_of("before")});
  for (std::uint64_t i = 1 + random.below(5); i > 0; --i) {
    const Money amount{static_cast<std::int64_t>(1 + random.below(1000))};
    builder.add(
        {random.chance(1, 2) ? Change(Deposit{AccountId{1}, amount})
                             : Change(Withdrawal{AccountId{2}, amount}),
         random.chance(1, 2) ? std::optional(sample_request_id(random, origin)) : std::nullopt, 0});
  }
  return std::move(builder).finish();
}

inline Seal sample_seal(Random& random) {
  const EntryId end = sample_position(random);
  return {.branch = end.origin.branch,
          .next = Incarnation{end.origin.incarnation.value + 1},
          .ends = {.kept = {{end, Tag{random.next()}}}, .given_up = {{end, Tag{random.next()}}}},
          .final = random.chance(1, 2)};
}

inline std::vector<Block> sample_blocks(Random& random) {
  std::vector<Block> out;
  for (std::uint64_t i = random.below(4); i > 0; --i) {
    out.push_back(sample_block(random));
  }
  return out;
}

}  // namespace passbook::fuzz
