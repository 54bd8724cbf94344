// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/history_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <limits>

namespace passbook {
namespace {

using namespace history;
using testing::ElementsAre;
using testing::IsEmpty;

const Bank kBank{.branches = {BranchId{1}, BranchId{2}},
                 .accounts = {{AccountId{1}, Money{40000}, Money{50}}}};
constexpr const char* kBankLine =
    R"({"bank":{"branches":[1,2],"accounts":[{"account":1,"opening":400,"limit":0.50}]}})";
constexpr RequestId kRequest{{BranchId{2}}, {CustomerId{3}, 7}, 4};

// Arbitrary values of all types.

template <class Number>
  requires std::integral<Number>
Number any_number() {
  using Limits = std::numeric_limits<Number>;
  return *rc::gen::oneOf(rc::gen::arbitrary<Number>(),
                         rc::gen::element(Limits::min(), Limits::max()));
}
template <class Id>
Id any_id() {
  return Id{any_number<typename Id::rep>()};
}
Money any_amount() { return Money{any_number<std::int64_t>()}; }
Instant any_instant() { return Instant(Duration(any_number<std::int64_t>())); }
BranchId any_branch() { return any_id<BranchId>(); }
Origin any_origin() { return {any_branch(), any_id<Incarnation>()}; }
EntryId any_entry() { return {any_origin(), any_id<Sequence>()}; }
ClientId any_client() { return {any_id<CustomerId>(), any_number<std::uint64_t>()}; }
RequestId any_request() { return {any_origin(), any_client(), any_number<std::uint64_t>()}; }
template <class Make>
auto maybe(Make make) -> std::optional<decltype(make())> {
  return any_number<bool>() ? std::optional(make()) : std::nullopt;
}
template <class Make>
auto some(Make make) -> std::vector<decltype(make())> {
  std::vector<decltype(make())> out;
  for (int count = *rc::gen::inRange(0, 4); count > 0; --count) {
    out.push_back(make());
  }
  return out;
}
Leg any_leg() {
  const auto account = any_id<AccountId>();
  if (any_number<bool>()) {
    return MoneyLeg{account, any_amount()};
  }
  return RightsLeg{account, any_origin(), any_origin(), any_amount()};
}
template <class Enum>
Enum up_to(Enum last) {
  return static_cast<Enum>(*rc::gen::inRange(0, static_cast<int>(last) + 1));
}

What any_call() {
  const Wanted wanted{any_number<bool>(), any_number<bool>(), any_number<bool>(),
                      any_number<bool>()};
  return Invoked{any_client(),        any_request(), any_branch(), up_to(Kind::withdraw),
                 any_id<AccountId>(), any_amount(),  wanted,       up_to(Level::all),
                 any_instant()};
}
What any_answer() {
  return Answered{any_client(),
                  any_request(),
                  up_to(Result::unanswered),
                  maybe(any_amount),
                  any_number<std::uint32_t>(),
                  maybe([] { return some(any_branch); })};
}
What any_application() {
  return Applied{any_branch(), any_entry(), maybe(any_request), some(any_leg), any_amount()};
}
What any_audit() {
  return Audited{any_branch(), any_id<AccountId>(), any_amount(),
                 some([] { return Audited::Rights{any_origin(), any_amount()}; })};
}

/// An arbitrary event of the kind with this index.
What any_what(std::size_t kind) {
  const std::vector<std::function<What()>> makers{
      any_call,
      any_answer,
      [] { return Started{any_branch(), any_id<Incarnation>(), any_number<std::uint64_t>()}; },
      [] { return Arrived{any_branch(), any_request(), any_instant()}; },
      any_application,
      [] { return Synced{any_branch(), any_number<std::uint64_t>()}; },
      [] {
        return Replied{any_branch(), any_request(), up_to(Result::unanswered), maybe(any_amount)};
      },
      [] { return Crashed{any_branch()}; },
      [] { return Stopped{any_branch(), *rc::gen::string<std::string>()}; },
      [] { return Paused{any_branch()}; },
      [] { return Resumed{any_branch()}; },
      [] { return DiskLost{any_branch()}; },
      [] { return FaultsOver{}; },
      any_audit,
      [] { return Ended{}; },
      [] { return Twin{any_branch(), any_branch(), maybe(any_id<Incarnation>)}; },
      [] { return Forked{any_branch(), any_branch()}; },
      [] {
        return Worked{
            any_number<std::uint64_t>(), any_number<std::uint64_t>(), any_number<std::uint64_t>(),
            any_number<std::uint64_t>(), any_number<std::uint64_t>(), any_number<std::uint64_t>(),
            any_number<std::uint64_t>(), any_number<std::uint64_t>(), any_number<std::uint64_t>()};
      },
      [] { return Calm{some([] { return some(any_branch); })}; },
      [] { return MadeUp{any_client()}; },
      [] { return Grouped{any_branch(), any_entry(), any_id<Sequence>(), some(any_entry)}; },
  };
  return makers.at(kind)();
}

std::string lines(std::initializer_list<std::string> all) {
  std::string out;
  for (const std::string& line : all) {
    out += line + "\n";
  }
  return out;
}

std::string crash(int at, std::uint32_t branch) {
  return write_line(Event{Instant(Duration(at)), Crashed{BranchId{branch}}});
}

ReadHistory read(std::vector<HistoryText> texts) {
  auto out = read_history(texts);
  EXPECT_TRUE(out.has_value()) << out.error();
  return out ? std::move(*out) : ReadHistory{};
}

std::string refusal(std::vector<HistoryText> texts) {
  const auto out = read_history(texts);
  return out ? "read" : out.error();
}

RC_GTEST_PROP(HistoryFile, AnyEventComesBackAsItWas, ()) {
  const auto kind = *rc::gen::inRange<std::size_t>(0, std::variant_size_v<What>);
  Event event{any_instant(), any_what(kind)};
  RC_ASSERT(event.what.index() == kind);
  if (auto* stopped = std::get_if<Stopped>(&event.what)) {
    std::erase_if(stopped->why, [](char c) { return (static_cast<unsigned char>(c) & 128U) != 0; });
  }
  const std::string line = write_line(event);
  RC_ASSERT(!line.contains('\n'));
  const auto back = read_history(std::vector<HistoryText>{{"h", lines({kBankLine, line})}});
  RC_ASSERT(back.has_value());
  RC_ASSERT(back->history.events == std::vector{event});
}

TEST(HistoryFile, LinesAreReadableByPeople) {
  EXPECT_EQ(write_line(kBank), kBankLine);
  const Origin origin{BranchId{2}, Incarnation{1}};
  EXPECT_EQ(write_line(
                Event{Instant(Duration(12)), Applied{.branch = BranchId{1},
                                                     .entry = {origin, Sequence{5}},
                                                     .request = kRequest,
                                                     .legs = {MoneyLeg{AccountId{1}, Money{-7050}}},
                                                     .balance = Money{10000}}}),
            R"({"at":12,"applied":{"branch":1,"entry":{"branch":2,"incarnation":1,"sequence":5},)"
            R"("request":{"branch":2,"incarnation":1,"customer":3,"session":7,"number":4},)"
            R"("legs":[{"account":1,"change":-70.50}],"balance":100}})");
  EXPECT_EQ(write_line(Event{Instant{}, FaultsOver{}}), R"({"at":0,"faults_over":{}})");
}

TEST(HistoryFile, ComesInTheOrderOfTimeAndKeepsTheOrderOfEachFile) {
  const auto merged = read({{"a", lines({kBankLine, crash(5, 1), crash(9, 1), crash(8, 1)})},
                            {"b", lines({crash(5, 2), crash(7, 2), crash(8, 2)})}});
  EXPECT_EQ(merged.history.bank, kBank);
  std::vector<std::string> order;
  for (std::size_t event = 0; event < merged.history.events.size(); ++event) {
    order.push_back(merged.place_of(event));
  }
  EXPECT_THAT(order, ElementsAre("a:2", "b:1", "b:2", "b:3", "a:3", "a:4"));
  EXPECT_THAT(merged.notes, IsEmpty());
}

TEST(HistoryFile, ALastLineThatWasCutOffIsLeftOut) {
  const std::string whole = lines({kBankLine, crash(5, 1)});
  const std::string last = crash(6, 2);
  for (std::size_t length = 1; length < last.size(); ++length) {
    const auto some = read({{"a", whole + last.substr(0, length)}});
    EXPECT_EQ(some.history.events.size(), 1U);
    EXPECT_THAT(some.notes, ElementsAre("a:3: incomplete line, ignored"));
  }
  EXPECT_EQ(read({{"a", whole + last}}).history.events.size(), 2U);
}

TEST(HistoryFile, ALineThatWasCutOffBeforeARestartIsLeftOut) {
  const std::string start = write_line(Event{Instant(Duration(9)), Started{BranchId{1}, {}, 3}});
  const auto some = read({{"a", lines({kBankLine, R"({"at":5,"cra)", start, crash(10, 1)})}});
  EXPECT_EQ(some.history.events.size(), 2U);
  EXPECT_THAT(some.notes, ElementsAre("a:2: incomplete line, ignored"));
  const std::string broken =
      "a:2:9: syntax error while parsing object key - invalid string: missing closing quote";
  EXPECT_EQ(refusal({{"a", lines({kBankLine, R"({"at":5,"cra)", crash(10, 1)})}}), broken);
  EXPECT_EQ(refusal({{"a", lines({kBankLine, R"({"at":5,"cra)"})}}), broken);
}

TEST(HistoryFile, RefusesWhatItDoesNotUnderstandAndSaysWhere) {
  const auto refused = [](const char* line) {
    return refusal({{"a", lines({kBankLine, crash(1, 1), line, crash(2, 1)})}});
  };
  EXPECT_EQ(refused("[]"), "a:3: a line must be a JSON object");
  EXPECT_EQ(refused(R"({"crashed":{"branch":1}})"), R"(a:3: "at" is missing)");
  EXPECT_EQ(refused(R"({"at":1})"), "a:3: it names no event");
  EXPECT_EQ(refused(R"({"at":1,"robbed":{}})"), "a:3: it names no event");
  EXPECT_EQ(refused(R"({"at":1,"crashed":{"branch":1},"by":2})"), R"(a:3: "by" is unknown)");
  EXPECT_EQ(refused(R"({"at":1,"crashed":{"branch":-1}})"),
            R"(a:3: "crashed.branch" must be a whole number from 0 to 4294967295)");
  EXPECT_EQ(refused(R"({"at":1,"crashed":{"branch":1,"why":2}})"),
            R"(a:3: "crashed.why" is unknown)");
  EXPECT_EQ(refused(R"({"at":1,"audited":{"branch":1,"account":1,"balance":1.234,"rights":[]}})"),
            R"(a:3: "audited.balance" has more than two decimal places)");
  EXPECT_EQ(
      refused(R"({"at":1,"replied":{"branch":1,"request":{"branch":1,"incarnation":1,"customer":1,)"
              R"("session":1,"number":1},"result":"fine"}})")
          .substr(0, 46),
      R"(a:3: "replied.result" must be one of "ok", "in)");
}

TEST(HistoryFile, IsOfOneBank) {
  EXPECT_EQ(refusal({{"a", lines({crash(1, 1)})}, {"b", ""}}), "b: no line describes the bank");
  Bank other = kBank;
  other.branches.pop_back();
  EXPECT_EQ(refusal({{"a", lines({kBankLine})}, {"b", lines({crash(1, 1), write_line(other)})}}),
            "b:2: this describes another bank than a:1");
  EXPECT_EQ(read({{"a", lines({kBankLine, kBankLine})}, {"b", lines({kBankLine})}}).history.bank,
            kBank);
}

}  // namespace
}  // namespace passbook
