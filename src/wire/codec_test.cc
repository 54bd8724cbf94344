// SPDX-License-Identifier: Apache-2.0
#include "wire/codec.h"

#include <gtest/gtest.h>

#include "ledger/testing_block.h"
#include "wire/operator_codec.h"
#include "wire/parts.h"

namespace passbook::wire {
namespace {

constexpr Origin kOrigin{BranchId{3}, Incarnation{2}};
constexpr EntryId kPosition{kOrigin, Sequence{17}};
constexpr RequestId kRequest{{BranchId{3}}, {CustomerId{5}, 99}, 4};
constexpr Priority kPriority{Stamp{12}, BranchId{3}};
constexpr BankId kBank{0xfeedU};

constexpr TaggedPosition kTagged{kPosition, Tag{0xfedcba9876543210}};

Passbook passbook() { return {{kTagged}, {kTagged, {{{BranchId{1}}, Sequence{2}}, Tag{}}}}; }

Request request(decltype(Request::operation) operation) {
  return {.id = kRequest,
          .operation = operation,
          .passbook = passbook(),
          .bank = kBank,
          .guarantees = {.read_your_writes = false},
          .ack = AckLevel::majority,
          .clock = Stamp{23}};
}

TEST(Codec, RequestsComeBackAsTheyWere) {
  Request query = request(Query{AccountId{1}});
  query.ack = AckLevel::all;  // a query has none
  EXPECT_EQ(decode(encode_query(query)).request, query);
  const Request deposit = request(Deposit{AccountId{1}, Money{1010}});
  EXPECT_EQ(decode(encode_deposit(deposit)).request, deposit);
  const Request withdrawal = request(Withdrawal{AccountId{1}, Money{7}});
  EXPECT_EQ(decode(encode_withdraw(withdrawal)).request, withdrawal);
  EXPECT_EQ(decode(encode_withdraw(withdrawal)).fault, std::nullopt);
}

TEST(Codec, ARequestWithoutAnIdIsAtFault) {
  EXPECT_EQ(decode(v1::DepositRequest{}).fault, Fault::missing_header);
}

TEST(Codec, APassbookThatIsNoneIsAtFault) {
  auto message = encode_deposit(request(Deposit{AccountId{1}, Money{1}}));
  message.mutable_header()->set_passbook("\xff\xff not a passbook");
  EXPECT_EQ(decode(message).fault, Fault::bad_passbook);
}

TEST(Codec, APassbookThatWasCutOrChangedAnywhereIsNone) {
  const std::string whole = encode(passbook(), kBank);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    EXPECT_FALSE(at > 0 && decode_passbook(whole.substr(0, at)).has_value()) << at;
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(decode_passbook(changed).has_value()) << at;
  }
}

v1::PassbookPosition wire_position(std::uint32_t branch, std::uint64_t sequence) {
  v1::PassbookPosition out;
  out.mutable_origin()->set_branch(branch);
  out.mutable_origin()->set_incarnation(1);
  out.set_sequence(sequence);
  return out;
}

TEST(Codec, PositionsOfAPassbookAscend) {
  v1::PassbookPositions in;
  *in.add_positions() = wire_position(2, 5);
  *in.add_positions() = wire_position(3, 5);
  EXPECT_EQ(get(in)->positions().size(), 2U);
  *in.add_positions() = wire_position(3, 6);
  EXPECT_EQ(get(in), std::nullopt) << "an origin twice";
  in.mutable_positions(2)->mutable_origin()->set_branch(1);
  EXPECT_EQ(get(in), std::nullopt);
  *in.mutable_positions(2) = wire_position(4, 0);
  EXPECT_EQ(get(in), std::nullopt);
  in.mutable_positions(2)->set_sequence(1);
  EXPECT_NE(get(in), std::nullopt);
}

TEST(Codec, HundredsOfThousandsOfPositionsAreLookedAtOnce) {
  v1::PassbookPositions in;
  for (std::uint32_t branch = 300'000; branch > 0; --branch) {
    *in.add_positions() = wire_position(branch, 1);
  }
  EXPECT_EQ(get(in), std::nullopt);
  std::reverse(in.mutable_positions()->begin(), in.mutable_positions()->end());
  EXPECT_EQ(get(in)->positions().size(), 300'000U) << "how many there may be, the bank says";
}

TEST(Codec, AbsentGuaranteesMeanAllFour) {
  v1::QueryRequest message;
  message.mutable_header()->mutable_id()->set_customer(1);
  EXPECT_EQ(decode(message).request.guarantees, Guarantees::session());
}

TEST(Codec, AnswersOfEveryOutcomeComeBackAsTheyWere) {
  for (int outcome = 0; outcome <= static_cast<int>(Outcome::abandoned); ++outcome) {
    const Answer answer{.outcome = static_cast<Outcome>(outcome),
                        .balance = Money{-5},
                        .passbook = passbook(),
                        .unreached = {BranchId{2}, BranchId{9}},
                        .confirmed = 3,
                        .entry = kPosition};
    const auto decoded = decode(encode(answer, kBank));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(decoded->answer, answer);
    EXPECT_EQ(decoded->bank, kBank);
  }
}

TEST(Codec, AnAnswerWithoutAResultIsNone) { EXPECT_EQ(decode(v1::AnswerHeader{}), std::nullopt); }

TEST(Codec, AnEmptyPassbookIsNoBytes) {
  EXPECT_EQ(encode(Passbook{}, kBank), "");
  EXPECT_EQ(decode_passbook("")->passbook, Passbook{});
}

TEST(Codec, PeerMessagesOfEveryKindComeBackAsTheyWere) {
  const TaggedPosition position{kPosition, Tag{0xfedcba9876543210}};
  const std::vector<PeerMessage> all{
      Hello{kBank,
            kOrigin,
            {position},
            {{kPosition.origin.branch, Incarnation{3}, {{position}, {{kPosition, Tag{7}}}}, true}},
            {.counter = 77, .nonce = 88}},
      Blocks{{build(some_head(), some_entries())}},
      Progress{{position, {kPosition, Tag{7}}},
               {{{BranchId{2}}, position, {.counter = 5, .nonce = 6}},
                {{BranchId{4}, Incarnation{2}}, position, {.counter = 7, .nonce = 8}}}},
      RightsRequest{AccountId{1}, kPriority, Money{300}, std::chrono::seconds(9), Sequence{5}},
      RightsRequestCancelled{AccountId{1}, kPriority},
      TotalsRequest{AccountId{1}, kPriority, 6},
      TotalsReply{AccountId{1}, kPriority, 6, Money{1000}},
      Heartbeat{.asks = true, .answers = true},
      Dismissal{{.counter = 5, .nonce = 6}, true},
      Divergence{{kPosition, Tag{7}}, {{kOrigin, Sequence{99}}, Tag{8}}},
      RebalanceRequest{AccountId{1}, Money{70}},
      OutcomeRequest{kRequest, Withdrawal{AccountId{1}, Money{8}}, std::chrono::seconds(3), 7},
      OutcomeReply{kRequest, Outcome::ok, kPosition, Money{-4}, 7},
  };
  ASSERT_EQ(all.size(), std::variant_size_v<PeerMessage>);
  for (const PeerMessage& message : all) {
    v1::PeerMessage encoded;
    encode({message, Stamp{88}}, encoded);
    EXPECT_EQ(decode(encoded), (Envelope{message, Stamp{88}}));
  }
}

TEST(Codec, WhatARecoverySaysComesBackAsItWas) {
  const TaggedPosition end{kPosition, Tag{0xfedcba9876543210}};
  const TaggedPosition other{kPosition, Tag{5}};
  SealRequest request{.bank = kBank,
                      .branch = kPosition.origin.branch,
                      .next = {},
                      .compare = {},
                      .ends = {},
                      .recovery = 8};
  EXPECT_EQ(decode(encode(request)), request);
  request.next = Incarnation{9};
  request.compare = {other, end};
  EXPECT_EQ(decode(encode(request)), request);
  request.ends = {.kept = {end}, .given_up = {other}};
  EXPECT_EQ(decode(encode(request)), request);
  request.branch = BranchId{kPosition.origin.branch.value + 1};
  EXPECT_EQ(decode(encode(request)), std::nullopt) << "ends of another branch";
  SealReply reply{.refused = "no",
                  .highest = Incarnation{4},
                  .have = {end},
                  .other = {other},
                  .applied = {kPosition},
                  .process = 8};
  EXPECT_EQ(decode(encode(reply)), reply);
  reply.known = Seal{.branch = kPosition.origin.branch,
                     .next = Incarnation{9},
                     .ends = {.kept = {end}, .given_up = {}},
                     .recovery = 3,
                     .settled = Incarnation{2}};
  EXPECT_EQ(decode(encode(reply)), reply);
}

TEST(Codec, PlacesThatDoNotAscendAreRefused) {
  const TaggedPosition place{kPosition, Tag{5}};
  SealReply reply{
      .refused = {}, .highest = Incarnation{4}, .have = {place, place}, .other = {}, .applied = {}};
  EXPECT_EQ(decode(encode(reply)), std::nullopt);
  v1::Seal seal;
  put({.branch = kPosition.origin.branch,
       .next = Incarnation{9},
       .ends = {.kept = {}, .given_up = {{kPosition, Tag{6}}, place}},
       .final = true},
      seal);
  EXPECT_EQ(get(seal), std::nullopt);
}

TEST(Codec, PeerMessagesThatNoEncoderMakesAreRefused) {
  EXPECT_EQ(decode(v1::PeerMessage{}), std::nullopt);
  v1::PeerMessage no_origin;
  no_origin.mutable_hello();
  EXPECT_EQ(decode(no_origin), std::nullopt);
  v1::PeerMessage no_block;
  no_block.mutable_blocks()->add_blocks("no block");
  EXPECT_EQ(decode(no_block), std::nullopt);
}

}  // namespace
}  // namespace passbook::wire
