// SPDX-License-Identifier: Apache-2.0
#include "journal/record_codec.h"

#include "ledger/testing_block.h"

namespace passbook {
namespace {

constexpr Origin kOrigin{BranchId{4}, Incarnation{2}};
const VersionVector kVector = {{{BranchId{2}}, Sequence{1U << 20U}}, {kOrigin, Sequence{7}}};

Entry entry(Change change) {
  return {.id = {kOrigin, Sequence{7}},
          .stamp = Stamp{UINT64_MAX},
          .request = RequestId{BranchId{3}, {CustomerId{5}, UINT64_MAX}, 0},
          .change = change};
}

std::vector<Change> changes() {
  return {Deposit{AccountId{1}, Money{1}}, Withdrawal{AccountId{2}, Money{INT64_MAX}},
          Grant{AccountId{1}, kOrigin, Money{3}}, Release{AccountId{1}, kOrigin, Money{4}}};
}

const Seal kSeal{
    BranchId{4},
    Incarnation{3},
    {.kept = {{{{BranchId{4}}, Sequence{6}}, Tag{1}}, {{kOrigin, Sequence{7}}, Tag{2}}},
     .given_up = {{{kOrigin, Sequence{7}}, Tag{3}}, {{kOrigin, Sequence{9}}, Tag{4}}}},
    true,
    9};
const Recovery kRecovery{kVector, true};

const Refusal kRefusal{.request = {kOrigin.branch, {CustomerId{5}, 6}, 7},
                       .change = Withdrawal{AccountId{2}, Money{8}},
                       .outcome = Outcome::insufficient_funds};

TEST(RecordCodec, GivesBackRecordsOfEveryKind) {
  std::vector<Record> records{kSeal,
                              Seal{BranchId{4}, Incarnation{3}, {}, false},
                              kRecovery,
                              Recovery{},
                              ProcessBegun{7},
                              kRefusal,
                              Refusal{kRefusal.request, {}, Outcome::abandoned}};
  records.emplace_back(build(some_head(), some_entries()));
  EXPECT_EQ(decode_block(encode_block(records)), records);
  EXPECT_EQ(decode_block(encode_block({})), std::vector<Record>());
}

TEST(RecordCodec, GivesBackASnapshotButForItsWrites) {
  Snapshot snapshot{
      .records = 1,
      .processes = 3,
      .applied = kVector,
      .digests = {digest_of("one"), digest_of("two")},
      .earlier_ends = {{{kOrigin, Sequence{3}}, Tag{4}}, {{kOrigin, Sequence{5}}, Tag{6}}},
      .stamp = Stamp{2},
      .declared = {{kOrigin, Sequence{3}}},
      .grants = {{kOrigin, Sequence{4}}},
      .forgotten = {{kOrigin, Sequence{5}}},
      .accounts = {{AccountId{6}, {{kOrigin, Money{-7}, Money{8}, Money{9}, Money{10}}}},
                   {AccountId{11}, {}}},
      .seals = {kSeal},
      .recovery = kRecovery,
      .writes = {},
      .writes_since = 12,
      .refusals = {kRefusal}};
  EXPECT_EQ(decode_snapshot(encode_snapshot(snapshot)), snapshot);
  snapshot.recovery.reset();
  EXPECT_EQ(decode_snapshot(encode_snapshot(snapshot)), snapshot);
  EXPECT_EQ(decode_snapshot(encode_snapshot({})), Snapshot());
}

TEST(RecordCodec, GivesBackWritesAndPositions) {
  std::vector<AcceptedWrite> writes;
  for (const Change& change : changes()) {
    writes.push_back({*entry(change).request, entry(change).id, change, Money{-1}});
  }
  EXPECT_EQ(decode_writes(encode_writes(writes)), writes);
  EXPECT_EQ(decode_positions(encode_positions(kVector)), kVector);
  EXPECT_EQ(decode_positions(encode_positions({})), VersionVector());
}

TEST(RecordCodec, TakesNoBytesThatAreSomethingElse) {
  const std::string none = "\xff\xff";
  EXPECT_EQ(decode_block(none), std::nullopt);
  EXPECT_EQ(decode_snapshot(none), std::nullopt);
  EXPECT_EQ(decode_writes(none), std::nullopt);
  EXPECT_EQ(decode_positions(none), std::nullopt);
  const std::string block = encode_block({kSeal});
  EXPECT_EQ(decode_block(block.substr(0, block.size() - 1)), std::nullopt);
}

}  // namespace
}  // namespace passbook
