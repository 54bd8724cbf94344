// SPDX-License-Identifier: Apache-2.0
#include "lab/trace/trace_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lab/trace/order.h"
#include "lab/trace/shiviz.h"
#include "lab/trace/testing_events.h"

namespace passbook::trace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<Account> kAccounts{{AccountId{1}, Money{40000}}};

std::string head() { return write_head({kOne, kTwo}, kAccounts) + "\n"; }

std::expected<Trace, std::string> read(std::string_view text) {
  return read_trace(std::vector<TraceText>{{"t.jsonl", std::string(text)}});
}

Event full() {
  Event out = receive(kTwo, kOne, 3, 9, 1234, Message::withdraw);
  out.request = RequestId{{BranchId{1}}, {CustomerId{4}, 7}, 2};
  out.entry = EntryId{{BranchId{1}, Incarnation{2}}, Sequence{5}};
  out.account = AccountId{1};
  out.amount = Money{7050};
  out.balance = Money{-100};
  out.result = "OK";
  return out;
}

TEST(TraceFile, EveryMemberComesBack) {
  const auto trace = read(head() + write_line(full()) + "\n");
  ASSERT_TRUE(trace.has_value()) << trace.error();
  EXPECT_THAT(trace->events, ElementsAre(full()));
  EXPECT_EQ(trace->accounts, kAccounts);
}

TEST(TraceFile, EveryWordComesBack) {
  for (int act = 0; act <= static_cast<int>(Act::mend); ++act) {
    for (int message = 0; message <= static_cast<int>(Message::heartbeat); ++message) {
      Event event = send(kOne, kTwo, 1, 0, static_cast<Message>(message));
      event.act = static_cast<Act>(act);
      if (event.act == Act::receive) {
        event.sent = Stamp{1};
      }
      const auto trace = read(head() + write_line(event) + "\n");
      ASSERT_TRUE(trace.has_value()) << trace.error();
      EXPECT_THAT(trace->events, ElementsAre(event));
    }
  }
}

TEST(TraceFile, AWholeFileHasVectorClocksAndReadsBackAsItWas) {
  const auto trace =
      in_causal_order({kOne, kTwo}, kAccounts, {send(kOne, kTwo, 1), receive(kTwo, kOne, 1, 2)});
  ASSERT_TRUE(trace.has_value());
  const std::string text = write_file(*trace);
  EXPECT_THAT(text, HasSubstr(R"("vector":[1,0]})"));
  EXPECT_THAT(text, HasSubstr(R"("vector":[1,1]})"));
  const auto again = read(text);
  ASSERT_TRUE(again.has_value()) << again.error();
  EXPECT_EQ(again->events, trace->events);
  EXPECT_EQ(again->cause, trace->cause);
  EXPECT_EQ(again->processes, trace->processes);
}

TEST(TraceFile, WhatIsWrongIsNamedWithItsPlace) {
  const std::string line = write_line(full());
  const auto error = [&](std::string_view old, std::string_view now) {
    std::string damaged = line;
    const std::size_t at = damaged.find(old);
    EXPECT_NE(at, std::string::npos) << old;
    damaged.replace(at, old.size(), now);
    const auto trace = read(head() + damaged + "\n");
    return trace ? "it was read" : trace.error();
  };
  EXPECT_EQ(error("\"branch 2\"", "\"bank 2\""), "t.jsonl:2: \"process\" \"bank 2\" is unknown");
  EXPECT_EQ(error("\"receive\"", "\"recieve\""), "t.jsonl:2: \"act\" \"recieve\" is unknown");
  EXPECT_EQ(error("\"act\":\"receive\",", ""), "t.jsonl:2: \"act\" is missing");
  EXPECT_EQ(error("\"sent\":3,", ""), "t.jsonl:2: \"sent\" is missing");
  EXPECT_EQ(error("\"lamport\":9", "\"lamport\":-9"),
            "t.jsonl:2: \"lamport\" must be a whole number");
  EXPECT_EQ(error("70.50", "\"70.50\""), "t.jsonl:2: \"amount\" must be an amount");
  EXPECT_EQ(error("[1,1,4,7,2]", "[1,1,4,7]"),
            "t.jsonl:2: \"request\" must be an array of 5 numbers");
  EXPECT_THAT(error("}", "]"), testing::StartsWith("t.jsonl:2: "));
}

TEST(TraceFile, WithoutAHeadItIsNone) {
  const auto trace = read(write_line(full()) + "\n");
  ASSERT_FALSE(trace.has_value());
  EXPECT_THAT(trace.error(), HasSubstr("t.jsonl: not a trace"));
}

TEST(TraceFile, HeadsThatDisagreeAreRefused) {
  const auto trace = read(head() + write_head({kOne}, {{AccountId{1}, Money{1}}}) + "\n");
  ASSERT_FALSE(trace.has_value());
  EXPECT_EQ(trace.error(), "t.jsonl:2: the accounts differ from those of the other files");
}

TEST(TraceFile, ALastLineThatWasCutOffIsDropped) {
  const auto trace = read(head() + write_line(full()) + "\n" + write_line(full()).substr(0, 40));
  ASSERT_TRUE(trace.has_value()) << trace.error();
  EXPECT_EQ(trace->events.size(), 1U);
}

TEST(TraceFile, SeveralFilesAreOneTrace) {
  const std::vector<TraceText> texts{
      {"2", head() + write_line(receive(kTwo, kOne, 1, 2)) + "\n"},
      {"1", head() + write_line(send(kOne, kTwo, 1)) + "\n"},
      {"c", write_line(send(kAnn, kOne, 1, 0, Message::query)) + "\n"}};
  const auto trace = read_trace(texts);
  ASSERT_TRUE(trace.has_value()) << trace.error();
  EXPECT_THAT(trace->processes, ElementsAre(kOne, kTwo, kAnn));
  EXPECT_EQ(trace->events.size(), 3U);
}

TEST(Shiviz, HasADescriptionAHostAndAVectorForEachEvent) {
  Event deposit = send(kAnn, kOne, 1, 0, Message::deposit);
  deposit.amount = Money{7000};
  const auto trace = in_causal_order({kOne, kTwo, kAnn}, kAccounts,
                                     {deposit, receive(kOne, kAnn, 1, 2, 1, Message::deposit)});
  ASSERT_TRUE(trace.has_value());
  EXPECT_EQ(as_shiviz(*trace),
            "(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})\n"
            "\n"
            "sends deposit 70 to branch 1\n"
            "customer-1 {\"customer-1\":1}\n"
            "receives deposit from customer 1\n"
            "branch-1 {\"branch-1\":1,\"customer-1\":1}\n");
}

}  // namespace
}  // namespace passbook::trace
