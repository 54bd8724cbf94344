// SPDX-License-Identifier: Apache-2.0
#include "journal/record_codec.h"

#include "ledger/testing_block.h"

namespace passbook {
namespace {

constexpr Origin kOrigin{BranchId{4}, Incarnation{2}};
const VersionVector kVector = {{{BranchId{2}}, Sequence{1U << 20U}}, {kOrigin, Sequence{7}}};

const Seal kSeal{
    BranchId{4},
    Incarnation{3},
    {.kept = {{{{BranchId{4}}, Sequence{6}}, Tag{1}}, {{kOrigin, Sequence{7}}, Tag{2}}},
     .given_up = {{{kOrigin, Sequence{7}}, Tag{3}}, {{kOrigin, Sequence{9}}, Tag{4}}}},
    true,
    9};
const Recovery kRecovery{kVector, true};

const Refusal kRefusal{.request = {kOrigin, {CustomerId{5}, 6}, 7},
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

TEST(RecordCodec, GivesBackASnapshotButForItsAccountsAndPages) {
  Snapshot snapshot{
      .records = 1,
      .processes = 3,
      .applied = kVector,
      .digests = {digest_of("one"), digest_of("two")},
      .earlier_ends = {{{{BranchId{2}}, Sequence{UINT64_MAX}}, Tag{UINT64_MAX}},
                       {{kOrigin, Sequence{3}}, Tag{4}},
                       {{kOrigin, Sequence{5}}, Tag{6}}},
      .stamp = Stamp{2},
      .declared = {{kOrigin, Sequence{3}}},
      .grants = {{kOrigin, Sequence{4}}},
      .accounts = {},
      .moved = UINT64_MAX,
      .seals = {kSeal},
      .recovery = kRecovery,
      .pages = {},
      .pages_since = 12,
      .retired = {.of_all = 13, .of_customers = {{CustomerId{1}, 14}, {CustomerId{2}, 15}}},
      .retired_elsewhere = {.of_all = 16, .of_customers = {}}};
  EXPECT_EQ(decode_snapshot(encode_snapshot(snapshot)), snapshot);
  snapshot.recovery.reset();
  EXPECT_EQ(decode_snapshot(encode_snapshot(snapshot)), snapshot);
  EXPECT_EQ(decode_snapshot(encode_snapshot({})), Snapshot());
}

TEST(RecordCodec, GivesBackAnAccount) {
  const AccountSnapshot account{AccountId{6},
                                {{{BranchId{2}}, Money{1}, Money{2}, Money{3}, Money{4}},
                                 {kOrigin, Money{-7}, Money{8}, Money{9}, Money{INT64_MAX}}}};
  EXPECT_EQ(decode_account(AccountId{6}, encode_account(account)), account);
  EXPECT_EQ(decode_account(AccountId{11}, encode_account({})),
            (AccountSnapshot{AccountId{11}, {}}));
}

TEST(RecordCodec, GivesBackPagesAndPositions) {
  const SessionId id{kOrigin, {CustomerId{5}, UINT64_MAX}};
  const SessionPage page{
      .retired = {id, {kOrigin, {CustomerId{6}, 7}}},
      .sessions = {
          {id,
           8,
           {{UINT64_MAX - 2, Outcome::ok, Deposit{AccountId{1}, Money{1}}, Sequence{9}, Money{-1}},
            {UINT64_MAX - 1,
             Outcome::insufficient_funds,
             Withdrawal{AccountId{2}, Money{INT64_MAX}},
             {},
             {}},
            {UINT64_MAX, Outcome::abandoned, {}, {}, {}}}},
          {{kOrigin, {}}, 0, {}}}};
  EXPECT_EQ(decode_page(encode_page(page)), page);
  EXPECT_EQ(decode_page(encode_page({page.retired, {}}) + encode_page({{}, page.sessions})), page);
  EXPECT_EQ(decode_page(encode_page({})), SessionPage());
  EXPECT_EQ(decode_positions(encode_positions(kVector)), kVector);
  EXPECT_EQ(decode_positions(encode_positions({})), VersionVector());
}

TEST(RecordCodec, TakesNoBytesThatAreSomethingElse) {
  const std::string none = "\xff\xff";
  EXPECT_EQ(decode_block(none), std::nullopt);
  EXPECT_EQ(decode_snapshot(none), std::nullopt);
  EXPECT_EQ(decode_page(none), std::nullopt);
  EXPECT_EQ(decode_account(AccountId{1}, none), std::nullopt);
  EXPECT_EQ(decode_positions(none), std::nullopt);
  const std::string block = encode_block({kSeal});
  EXPECT_EQ(decode_block(block.substr(0, block.size() - 1)), std::nullopt);
}

}  // namespace
}  // namespace passbook
