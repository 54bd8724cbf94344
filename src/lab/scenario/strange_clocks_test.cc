// SPDX-License-Identifier: Apache-2.0
// Lists of logical clocks as other programs write them (tests/cases/strangers).
#include "lab/scenario/clock_lists_check.h"
#include "lab/scenario/testing_cases.h"

namespace passbook {
namespace {

struct Outcome {
  std::vector<std::string> findings;
  std::vector<std::string> notes;
};

Outcome judge_text(const std::string& text, const clocks::Plan* plan = nullptr) {
  const auto read = read_clock_lists(std::vector<ClockFile>{{"l", text}});
  EXPECT_TRUE(read) << (read ? "" : read.error().message) << "\n" << text;
  return read ? Outcome{judge_clock_lists(*read, "l", plan), read->notes} : Outcome{};
}

std::string stranger(const std::string& name) { return case_text("strangers/" + name); }

std::string with(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what << " in " << text;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

const std::string kSteps = "17-clocks-2021-pid-data.json";

TEST(StrangeClocks, ListsOfStepsAreReadAndRight) {
  const Outcome outcome = judge_text(stranger(kSteps));
  EXPECT_THAT(outcome.findings, testing::IsEmpty());
  EXPECT_THAT(outcome.notes, testing::IsEmpty());
  const clocks::Plan plan{{1, 2}, {{2, 1, 1, clocks::Interface::deposit}}};
  EXPECT_THAT(judge_text(stranger(kSteps), &plan).findings, testing::IsEmpty());
}

TEST(StrangeClocks, ListsOfStepsAreJudgedByTheSameRules) {
  const std::string text = stranger(kSteps);
  struct Damage {
    const char* what;
    const char* by;
    const char* finding;
  };
  for (const Damage& damage : std::vector<Damage>{
           // Clocks of the branch that receives the request, in both lists.
           {R"("deposit_propagate_execute", "clock": 5)",
            R"("deposit_propagate_execute", "clock": 4)",
            "branch 2: deposit_propagate_execute of request 2 at 4, as branch 2"},
           {R"("deposit_propagate_request", "clock": 4)",
            R"("deposit_propagate_request", "clock": 1)",
            "branch 2: deposit_propagate_request of request 2 at 1, but deposit_request is at 2"},
           {R"("deposit_response", "clock": 7)", R"("deposit_response", "clock": 1)",
            "branch 1: deposit_response of request 2 at 1, but is listed after 6"},
           {R"("deposit_propagate_response", "clock": 6)",
            R"("deposit_propagate_response", "clock": 5)",
            "branch 1: deposit_propagate_response of request 2 at 5, but deposit_propagate_execute "
            "is at 5"},
           {R"(, {"id": 2, "name": "deposit_response", "clock": 7})", "",
            "request 2 has no response"},
           {R"(, {"id": 2, "name": "deposit_propagate_execute", "clock": 5})", "",
            "branch 2: request 2 has 0 propagate_execute, expected 1"},
           {R"("deposit_execute")", R"("withdraw_execute")",
            "branch 1: withdraw_execute of request 2, but it is a deposit"},
           {R"({"clock": 5, "name")", R"({"clock": 6, "name")",
            "deposit_propagate_execute of request 2 at 6, in the list of the request only"},
           {R"({"clock": 3, "name": "deposit_execute"}, )", "",
            "branch 1: deposit_execute of request 2 at 3, which is missing from the list of the "
            "request"},
           {R"({"clock": 3, "name")", R"({"clock": 2, "name")", "in the list of the request only"},
       }) {
    EXPECT_THAT(judge_text(with(text, damage.what, damage.by)).findings,
                testing::Contains(testing::HasSubstr(damage.finding)))
        << damage.by;
  }
  const clocks::Plan elsewhere{{1, 2}, {{2, 1, 2, clocks::Interface::deposit}}};
  EXPECT_THAT(judge_text(text, &elsewhere).findings,
              testing::Contains(testing::HasSubstr("but it is for branch 2")));
  const clocks::Plan more{
      {1, 2, 3}, {{2, 1, 1, clocks::Interface::deposit}, {4, 1, 1, clocks::Interface::query}}};
  EXPECT_THAT(judge_text(text, &more).findings,
              testing::IsSupersetOf({testing::HasSubstr("request 4 (query) is missing"),
                                     testing::HasSubstr("branch 3: request 2 has 0")}));
}

TEST(StrangeClocks, OtherSpellingsAreReadWithANote) {
  for (const auto& [name, note] : std::vector<std::pair<std::string, std::string>>{
           {"18-clocks-deposit_propagate.json",
            "l:1:214: \"deposit_propagate\" instead of \"propogate_deposit\" and the like (2 "
            "places)"},
           {"19-clocks-underscore-key.json",
            "l:1:44: the key \"customer_request_id\" read as \"customer-request-id\""},
           {"21-clocks-one-per-line.json", "l:1:1: objects without an array around them"}}) {
    const Outcome outcome = judge_text(stranger(name));
    EXPECT_THAT(outcome.findings, testing::IsEmpty()) << name;
    EXPECT_THAT(outcome.notes, testing::ElementsAre(note)) << name;
  }
  const std::string turned = stranger("18-clocks-deposit_propagate.json");
  EXPECT_THAT(judge_text(with(turned, "\"logical_clock\": 4", "\"logical_clock\": 3")).findings,
              testing::ElementsAre(testing::HasSubstr("at 3, but it was sent at 3")));
  const std::string lines = stranger("21-clocks-one-per-line.json");
  EXPECT_THAT(judge_text(with(lines, "\"logical_clock\": 1", "\"logical_clock\": 2")).findings,
              testing::ElementsAre("l:1:42: customer 1 sends request 1 at 2, expected 1"));
}

TEST(StrangeClocks, TheEventThatIsOfAnotherKindIsTheOneFinding) {
  EXPECT_THAT(
      judge_text(stranger("22-clocks-branch-writes-wrong-kind.json")).findings,
      testing::ElementsAre("l:1:145: branch 1 receives request 1 from customer 1 as deposit, "
                           "but it is a withdraw"));
  EXPECT_THAT(judge_text(with(with(stranger("22-clocks-branch-writes-wrong-kind.json"),
                                   "\"deposit\"", "\"withdraw\""),
                              "propogate_withdraw", "Propogate_deposit"))
                  .findings,
              testing::ElementsAre("l:1:286: branch 1 sends request 1 to branch 2 as "
                                   "Propogate_deposit, but it is a withdraw"));
}

TEST(StrangeClocks, AListByProcessIsRightWithANote) {
  const std::string text = stranger("23-clocks-flat-by-process.json");
  const Outcome outcome = judge_text(text);
  EXPECT_THAT(outcome.findings, testing::IsEmpty());
  EXPECT_THAT(outcome.notes,
              testing::ElementsAre("l:1:2: the list of all events is grouped by process instead of "
                                   "ordered by the clocks of each request"));
  for (const auto& [what, by] : std::vector<std::pair<std::string, std::string>>{
           {"\"logical_clock\": 7", "\"logical_clock\": 5"},
           {"\"logical_clock\": 3", "\"logical_clock\": 9"},
           {"\"logical_clock\": 4", "\"logical_clock\": 3"},
           {"\"logical_clock\": 1", "\"logical_clock\": 2"}}) {
    EXPECT_THAT(judge_text(with(text, what, by)).findings, testing::Not(testing::IsEmpty())) << by;
  }
}

TEST(StrangeClocks, AnEventThatCannotBeReadLeavesTheRest) {
  const std::string text = stranger("23-clocks-flat-by-process.json");
  EXPECT_THAT(judge_text(with(text, "\"event_recv from branch 1\"", "\"?\"")).findings,
              testing::Contains(testing::HasSubstr("unrecognized comment \"?\"")));
  EXPECT_THAT(
      judge_text(with(text, "\"logical_clock\": 4", "\"logical_clock\": \"four\"")).findings,
      testing::Contains(testing::HasSubstr("\"logical_clock\" must be a non-negative integer")));
  EXPECT_THAT(
      judge_text(with(stranger(kSteps), "\"deposit_execute\"", "\"deposit_perform\"")).findings,
      testing::Contains(testing::HasSubstr("unknown name \"deposit_perform\"")));
}

}  // namespace
}  // namespace passbook
