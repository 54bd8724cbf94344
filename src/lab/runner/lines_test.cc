// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/lines.h"

namespace passbook {
namespace {

using testing::HasSubstr;

constexpr EntryId kWrite{{BranchId{1}}, Sequence{4}};
constexpr EntryId kOther{{BranchId{2}, Incarnation{3}}, Sequence{9}};

CustomerEvent deposit() {
  return {.id = 7, .interface = Interface::deposit, .branch = BranchId{2}, .money = Money{1050}};
}

template <class Line>
Line read(const std::string& text) {
  const auto line = read_customer_line(text);
  EXPECT_TRUE(line.has_value()) << (line ? "" : line.error());
  return line ? std::get<Line>(line->line) : Line{};
}

TEST(Lines, EventsComeBackAsTheyWere) {
  const std::string text = write_line(EventLine{deposit(), std::chrono::milliseconds(250)});
  EXPECT_EQ(text, R"({"id":7,"interface":"deposit","branch":2,"money":10.50,"extra_ms":250})");
  EXPECT_EQ(read<EventLine>(text).event, deposit());
  EXPECT_EQ(read<EventLine>(text).extra, Duration(std::chrono::milliseconds(250)));
}

TEST(Lines, EventsMayBeWrittenAsInScenarioFiles) {
  const auto line = read<EventLine>(R"({"interface":"query","dest":3})");
  EXPECT_EQ(line.event.interface, Interface::query);
  EXPECT_EQ(line.event.branch, BranchId{3});
}

TEST(Lines, AddressesAndPassbooksComeBackAsTheyWere) {
  const AddressLine addresses{{{BranchId{1}, "127.0.0.1:5"}, {BranchId{9}, "[::1]:6"}},
                              {BranchId{9}}};
  const auto read_back = read<AddressLine>(write_line(addresses));
  EXPECT_EQ(read_back.branches, addresses.branches);
  EXPECT_EQ(read_back.visits, addresses.visits);
  const TaggedPosition write{kWrite, Tag{0xfedcba9876543210}};
  const BeginLine begin{{{{write}, {write, {kOther, Tag{}}}}, BankId{77}}};
  EXPECT_EQ(read<BeginLine>(write_line(begin)).base, begin.base);
  EXPECT_EQ(read<BeginLine>(write_line(BeginLine{})).base, HeldPassbook{});
}

TEST(Lines, AQueryOfAllComesBackAsItWas) {
  const QueryAllLine line{std::chrono::milliseconds(40)};
  EXPECT_EQ(read<QueryAllLine>(write_line(line)).extra, line.extra);
  EXPECT_EQ(read<QueryAllLine>(R"({"query_all":true})").extra, Duration{});
}

TEST(Lines, AnswersComeBackAsTheyWere) {
  const AnswerLine answer{
      .event = deposit(),
      .performed = {.result = {ResultWord::unknown, "a \"reason\"\n", Money{-5}},
                    .write = kWrite,
                    .applied = VersionVector{kWrite, kOther}},
      .held = {{{{kWrite, Tag{9}}}, {}}, BankId{77}}};
  const auto read_back = read_answer_line(write_line(answer));
  ASSERT_TRUE(read_back.has_value());
  EXPECT_EQ(read_back->event, answer.event);
  EXPECT_EQ(read_back->performed.result, answer.performed.result);
  EXPECT_EQ(read_back->performed.write, answer.performed.write);
  EXPECT_EQ(read_back->performed.applied, answer.performed.applied);
  EXPECT_EQ(read_back->held, answer.held);
}

TEST(Lines, WhatIsWrongIsNamed) {
  const auto error = [](const char* text) { return read_customer_line(text).error(); };
  EXPECT_THAT(error("{"), HasSubstr("column"));
  EXPECT_THAT(error("[]"), HasSubstr("must be a JSON object"));
  EXPECT_THAT(error(R"({"interface":"steal","branch":1})"), HasSubstr("\"interface\""));
  EXPECT_THAT(error(R"({"interface":"query"})"), HasSubstr("\"branch\""));
  EXPECT_THAT(error(R"({"interface":"query","branch":0})"), HasSubstr("\"branch\""));
  EXPECT_THAT(error(R"({"interface":"deposit","branch":1})"), HasSubstr("\"money\""));
  EXPECT_THAT(error(R"({"interface":"deposit","branch":1,"money":0})"),
              HasSubstr("more than zero"));
  EXPECT_THAT(error(R"({"interface":"deposit","branch":1,"money":1.234})"),
              HasSubstr("two decimal places"));
  EXPECT_THAT(error(R"({"begin_with":"xyz"})"), HasSubstr("hex"));
  EXPECT_THAT(error(R"({"branches":{"1":"a:1"},"visits":[2]})"), HasSubstr("visits"));
}

TEST(Lines, HexIsReadAsItIsWritten) {
  EXPECT_EQ(to_hex(std::string("\x00\xff\x10", 3)), "00ff10");
  EXPECT_EQ(from_hex("00ff10"), std::string("\x00\xff\x10", 3));
  EXPECT_EQ(from_hex("0"), std::nullopt);
  EXPECT_EQ(from_hex("0G"), std::nullopt);
}

}  // namespace
}  // namespace passbook
