// SPDX-License-Identifier: Apache-2.0
// Files as other programs write them (tests/cases/strangers), and the right verdict on each kind.
#include "lab/scenario/output_check.h"
#include "lab/scenario/reader.h"
#include "lab/scenario/testing_cases.h"

namespace passbook {
namespace {

std::string stranger(const std::string& name) { return case_text("strangers/" + name); }

Scenario scenario_of(const std::string& name) {
  auto read = read_scenario(stranger(name), name, Leniency::strict);
  EXPECT_TRUE(read) << (read ? "" : read.error().message);
  return read ? std::move(read->scenario) : Scenario{};
}

struct Outcome {
  Verdict verdict;
  std::vector<std::string> notes;
};

Outcome judge_text(const std::string& text, const Scenario& scenario,
                   ScheduleKind schedule = ScheduleKind::sequential) {
  const auto read = read_results(text, "o", scenario);
  if (!read) {
    ADD_FAILURE() << read.error().message << "\n" << text;
    return {};
  }
  OutputCheck check(scenario, *read, {schedule, Guarantees::session(), RunModel::replicated});
  EXPECT_TRUE(check.decide(10'000'000));
  return {check.verdict(10'000), read->notes};
}

/// Judges an output file against its scenario, run sequentially.
Outcome judge_file(const std::string& name, const std::string& input = "in.json") {
  return judge_text(stranger(name), scenario_of(input));
}

std::string with(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what << " in " << text;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

bool passes(const std::string& text, const Scenario& scenario) {
  return read_results(text, "o", scenario) && judge_text(text, scenario).verdict.right;
}

struct RightFile {
  const char* output;
  const char* input;
  const char* value;  // of the last balance
  std::vector<std::string> notes;
};

TEST(Strangers, RightOutputsInOtherShapesAreRightAndWrongOnesWrong) {
  const std::vector<RightFile> files = {
      {"01-check-completion-order.out.json", "in.json", "106}", {}},
      {"02-check-events-interleaved.out.json", "02-check-events-interleaved.in.json", "30}", {}},
      {"03-check-rounds-grouped.out.json", "03-check-rounds.in.json", "0}", {}},
      {"03-check-rounds-merged.out.json", "03-check-rounds.in.json", "0}", {}},
      {"04-check-array-per-customer.out.txt",
       "in.json",
       "106}",
       {"o:1:1: several arrays, read as one"}},
      {"06-check-id-float.out.json",
       "in.json",
       "106.0}",
       {"o:1:8: ids with a decimal point (2 places)"}},
      {"11-check-flat.out.json",
       "in.json",
       "106}",
       {"o:1:2: answers without \"recv\" around them (4 places)"}},
      {"24-check-float-noise.out.json",
       "24-check-float-noise.in.json",
       "0.30000000000000004}",
       {"o:1:149: amounts rounded to the cent; each was within a hundredth of a cent"}},
  };
  for (const RightFile& file : files) {
    const Scenario scenario = scenario_of(file.input);
    const std::string_view name = file.output;
    const ScheduleKind schedule = name.starts_with("01") || name.starts_with("02")
                                      ? ScheduleKind::settled
                                      : ScheduleKind::sequential;
    const Outcome right = judge_text(stranger(file.output), scenario, schedule);
    EXPECT_TRUE(right.verdict.right)
        << file.output << testing::PrintToString(right.verdict.findings);
    EXPECT_EQ(right.notes, file.notes) << file.output;
    const Outcome wrong =
        judge_text(with(stranger(file.output), file.value, "7}"), scenario, schedule);
    EXPECT_FALSE(wrong.verdict.right) << file.output;
  }
}

TEST(Strangers, AnswersUnderAnotherKeyAreOneFindingThatNamesIt) {
  const std::string name = "08-check-other-key-one-per-line.out.txt";
  const Outcome outcome = judge_file(name);
  EXPECT_THAT(outcome.verdict.findings,
              testing::ElementsAre("o:1:25: customer 1: \"recv\" is missing; the answers are under "
                                   "\"respData\""));
  EXPECT_THAT(
      judge_text(with(stranger(name), "106}", "105}"), scenario_of("in.json")).verdict.findings,
      testing::ElementsAre(testing::HasSubstr("\"respData\""),
                           "o:2:81: customer 2, event 4: query shows 105, expected 106"));
}

TEST(Strangers, ABalanceInsideAResultIsOneFindingAndIsJudged) {
  const std::string name = "10-check-nested-result.out.json";
  const std::string inside = "its balance is inside \"result\", expected under \"balance\"";
  const Outcome outcome = judge_file(name);
  EXPECT_THAT(outcome.verdict.findings,
              testing::ElementsAre("o:1:68: customer 1, event 2: query: " + inside,
                                   "o:1:189: customer 2, event 4: query: " + inside));
  EXPECT_EQ(outcome.verdict.explained, 2U);
  for (const auto schedule : {ScheduleKind::sequential, ScheduleKind::concurrent}) {
    const auto findings =
        judge_text(with(stranger(name), "106}", "105}"), scenario_of("in.json"), schedule)
            .verdict.findings;
    EXPECT_THAT(findings, testing::Contains(testing::HasSubstr("query shows 105")));
  }
}

TEST(Strangers, ABalanceInsideAResultThatIsTooMuchBelongsToNoEvent) {
  const std::string query = R"({"interface": "query", "result": {"balance": 106}})";
  const std::string text =
      with(stranger("10-check-nested-result.out.json"), query, query + ", " + query);
  for (const auto schedule : {ScheduleKind::sequential, ScheduleKind::concurrent}) {
    EXPECT_THAT(
        judge_text(text, scenario_of("in.json"), schedule).verdict.findings,
        testing::Contains(testing::EndsWith("customer 2: this answer belongs to no event")));
  }
}

TEST(Strangers, ResultsThatAreNoWordsOfResultsAreOneFindingEach) {
  const std::string text = stranger("in.json");
  const auto findings = [&](const std::string& result) {
    return judge_text(R"([{"id":1,"recv":[{"interface":"deposit","result":)" + result +
                          R"(},{"interface":"query","balance":110}]},
{"id":2,"recv":[{"interface":"withdraw","result":"success"},{"interface":"query","balance":106}]}])",
                      scenario_of("in.json"))
        .verdict.findings;
  };
  for (const std::string result : {"true", "7", "\"okay\"", "[1]", "{\"ok\":true}"}) {
    EXPECT_THAT(findings(result),
                testing::ElementsAre("o:1:18: customer 1, event 1: deposit shows the result " +
                                     result + ", expected success"));
  }
  EXPECT_THAT(findings(R"({"result":"success"})"),
              testing::ElementsAre("o:1:18: customer 1, event 1: deposit: its result is inside "
                                   "\"result\", expected the word itself"));
}

TEST(Strangers, ABadValueLeavesTheRestReadable) {
  const Scenario scenario = scenario_of("in.json");
  const std::string right =
      R"([{"id":1,"recv":[{"interface":"deposit","result":"success"},{"interface":"query","balance":110}]},
{"id":2,"recv":[{"interface":"withdraw","result":"success"},{"interface":"query","balance":106}]}])";
  ASSERT_TRUE(judge_text(right, scenario).verdict.right);
  struct Bad {
    const char* what;
    const char* by;
    const char* finding;
  };
  for (const Bad& bad : std::vector<Bad>{
           {"110", "\"many\"",
            "o:1:61: customer 1, event 2: query: the \"balance\" must be a number"},
           {"110", "110.001",
            "o:1:61: customer 1, event 2: query: the \"balance\" 110.001 has more than two"},
           {"110", "NaN", "o:1:61: customer 1, event 2: query: the \"balance\" must be a number"},
           {"110", "true", "o:1:61: customer 1, event 2: query: the \"balance\" must be a number"},
           {"\"query\"", "\"ask\"",
            "o:1:61: customer 1, event 2: query: the \"interface\" must be"},
           {"\"query\"", "7", "o:1:61: customer 1, event 2: query: the \"interface\" must be"},
           {R"({"interface":"query","balance":110})", "5",
            "o:1:61: customer 1, event 2: query: an answer must be an object, not 5"},
           {"\"deposit\"", "\"deposit\",\"branch\":\"north\"",
            "o:1:18: customer 1, event 1: deposit: \"branch\" must be a positive integer"},
       }) {
    const auto found = judge_text(with(right, bad.what, bad.by), scenario).verdict.findings;
    EXPECT_THAT(found, testing::ElementsAre(testing::StartsWith(bad.finding))) << bad.by;
  }
  EXPECT_THAT(
      judge_text(with(right, "\"id\":2", "\"customer\":2"), scenario).verdict.findings,
      testing::ElementsAre("o:2:1: this must be an object with the \"id\" of a customer, but "
                           "there is \"customer\": did you mean \"id\"?",
                           "o:1:1: customer 2 is missing"));
  EXPECT_THAT(judge_text(with(right, "\"id\":2", "\"id\":\"two\""), scenario).verdict.findings,
              testing::ElementsAre("o:2:7: \"id\" must be a positive integer",
                                   "o:1:1: customer 2 is missing"));
}

TEST(Strangers, FindingsThatFollowFromTheFirstSaySo) {
  const Scenario scenario = scenario_of("in.json");
  const Verdict verdict =
      judge_text(
          R"([{"id":1,"recv":[{"interface":"deposit","result":"success"},{"interface":"query","balance":100}]},
{"id":2,"recv":[{"interface":"withdraw","result":"success"},{"interface":"query","balance":96}]}])",
          scenario)
          .verdict;
  EXPECT_THAT(verdict.findings,
              testing::ElementsAre("o:1:61: customer 1, event 2: query shows 100, expected 110",
                                   "o:2:61: customer 2, event 4: query shows 96, expected 106 "
                                   "(follows from customer 1, event 2)"));
  EXPECT_EQ(verdict.summary,
            "o: wrong: 2 findings, style spec; the first divergence is customer 1, event 2, 1 "
            "finding follows from it");
}

TEST(Strangers, OutputsWrittenMoreThanOnceAreJudgedOnce) {
  const Scenario scenario = scenario_of("in.json");
  const std::string one =
      R"({"id":1,"recv":[{"interface":"deposit","result":"success"},{"interface":"query","balance":110}]})";
  const std::string two =
      R"({"id":2,"recv":[{"interface":"withdraw","result":"success"},{"interface":"query","balance":106}]})";
  const std::string half = R"({"id":1,"recv":[{"interface":"deposit","result":"success"}]})";
  const std::string all = "[" + one + "," + two + "]";
  for (const std::string& text : {
           all + "\n" + all,
           one + "\n" + two + "\n" + one + "\n" + two,
           "[" + half + "]\n[" + one + "]\n" + all,
           half + "\n" + one + "\n" + two,
           "[" + half + "," + one + "," + two + "]",
       }) {
    const Outcome outcome = judge_text(text, scenario);
    EXPECT_TRUE(outcome.verdict.right) << text << testing::PrintToString(outcome.verdict.findings);
    EXPECT_THAT(outcome.notes, testing::Not(testing::IsEmpty())) << text;
    EXPECT_FALSE(passes(with(text, "106", "105"), scenario)) << text;
  }
  const auto differ = read_results(all + "\n" + with(all, "110", "111"), "o", scenario);
  ASSERT_FALSE(differ);
  EXPECT_THAT(differ.error().message, testing::StartsWith("o:2:2: a second, different output"));
  for (const std::string& text : {"[" + one + "," + two + "," + one + "," + two + "]",
                                  one + "\n" + one + "\n" + two, "[" + one + "," + one + "]"}) {
    EXPECT_FALSE(judge_text(text, scenario).verdict.right) << text;
  }
}

TEST(Strangers, GrowthThatMayBeAnAnswerTwiceIsNotDecided) {
  const auto read = read_scenario(
      R"([{"id":1,"type":"customer","events":[{"interface":"query"}]},
{"id":1,"type":"customer","events":[{"interface":"query"},{"interface":"deposit","money":1}]},
{"id":1,"type":"branch","balance":5}])",
      "s", Leniency::strict);
  ASSERT_TRUE(read);
  const std::string query = R"({"interface":"query","balance":5})";
  const std::string deposit = R"({"interface":"deposit","result":"success"})";
  const std::string first = R"({"id":1,"recv":[)" + query + "]}";
  const std::string second = R"({"id":1,"recv":[)" + query + "," + deposit + "]}";
  const std::string twice = R"({"id":1,"recv":[)" + query + "," + query + "," + deposit + "]}";
  EXPECT_TRUE(passes("[" + first + "," + second + "]", read->scenario));
  for (const std::string& text : {"[" + first + "," + twice + "]", first + "\n" + twice}) {
    const auto results = read_results(text, "o", read->scenario);
    ASSERT_FALSE(results) << text;
    EXPECT_THAT(results.error().message, testing::HasSubstr("ambiguous")) << text;
  }
}

TEST(Strangers, NeighboursOfTheShapesAreRead) {
  const Scenario scenario = scenario_of("in.json");
  const std::vector<std::pair<std::string, std::string>> texts = {
      {"answers within strings",
       R"([{"id":1,"recv":"[{\"interface\":\"deposit\",\"result\":\"success\"},{\"interface\":\"query\",\"balance\":110}]"},
{"id":2,"recv":["{\"interface\":\"withdraw\",\"result\":\"success\"}","{'interface':'query','balance':106}"]}])"},
      {"the amount repeated",
       R"([{"id":1,"recv":[{"interface":"deposit","money":10,"result":"success"},{"interface":"query","money":110,"result":"success"}]},
{"id":2,"recv":[{"interface":"withdraw","money":4,"result":"success"},{"interface":"query","money":106,"result":"success"}]}])"},
      {"ids of events, in another order",
       R"([{"id":1,"recv":[{"id":2,"interface":"query","balance":110},{"id":1,"interface":"deposit","result":"success"}]},
{"id":2,"recv":[{"id":4,"interface":"query","balance":106},{"id":3,"interface":"withdraw","result":"success"}]}])"},
      {"the customer's id on each answer",
       R"([{"id":1,"recv":[{"id":1,"interface":"deposit","result":"success"},{"id":1,"interface":"query","balance":110}]},
{"id":2,"recv":[{"id":2,"interface":"withdraw","result":"success"},{"id":2,"interface":"query","balance":106}]}])"},
      {"flat by event",
       R"([{"id":1,"interface":"deposit","result":"success"},{"id":2,"interface":"query","balance":110},
{"id":3,"interface":"withdraw","result":"success"},{"id":4,"interface":"query","balance":106}])"},
      {"keys in upper case",
       R"([{"Id":1,"Recv":[{"Interface":"deposit","Result":"success"},{"Interface":"query","Balance":110}]},
{"ID":2,"recv":[{"interface":"withdraw","result":"success"},{"interface":"query","balance":106}]}])"},
      {"arrays within the array",
       R"([[{"id":1,"recv":[{"interface":"deposit","result":"success"},{"interface":"query","balance":110}]}],
[{"id":2,"recv":[{"interface":"withdraw","result":"success"},{"interface":"query","balance":106}]}]])"},
  };
  for (const auto& [what, text] : texts) {
    const Outcome outcome = judge_text(text, scenario);
    EXPECT_TRUE(outcome.verdict.right) << what << testing::PrintToString(outcome.verdict.findings);
    EXPECT_THAT(outcome.notes, testing::Not(testing::IsEmpty())) << what;
    EXPECT_FALSE(judge_text(with(text, "106", "104"), scenario).verdict.right) << what;
  }
}

TEST(Strangers, AScenariosOtherKeysForABranchAreHonoured) {
  for (const char* name :
       {"14-run-branch_id-ignored.json", "14b-run-customer-branch-ignored.json"}) {
    const auto read = read_scenario(stranger(name), "s", Leniency::strict);
    ASSERT_TRUE(read) << name;
    EXPECT_THAT(read->warnings, testing::IsEmpty()) << name;
    for (const CustomerEvent& event : read->scenario.listings.at(0).events) {
      EXPECT_EQ(event.branch, BranchId{2}) << name;
    }
  }
  EXPECT_TRUE(scenario_of("14-run-branch_id-ignored.json").dialect.event_has_branch);
  const auto own = read_scenario(
      with(stranger("14b-run-customer-branch-ignored.json"), "\"query\"", "\"query\",\"branch\":1"),
      "s", Leniency::strict);
  ASSERT_TRUE(own);
  EXPECT_EQ(own->scenario.listings.at(0).events.at(1).branch, BranchId{1});
  const auto nowhere = read_scenario(
      with(stranger("14b-run-customer-branch-ignored.json"), "\"branch\": 2", "\"branch\": 3"), "s",
      Leniency::strict);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().message, "s:1:135: customer 1: there is no branch 3");
}

TEST(Strangers, AScenarioOfOneObjectALineIsReadLeniently) {
  const std::string text = stranger("15-run-json-lines.json");
  const auto strict = read_scenario(text, "s", Leniency::strict);
  ASSERT_FALSE(strict);
  EXPECT_EQ(strict.error().hint, "--lenient accepts objects without an array around them");
  const auto lenient = read_scenario(text, "s", Leniency::lenient);
  ASSERT_TRUE(lenient);
  EXPECT_EQ(lenient->scenario, scenario_of("in.json"));
  EXPECT_THAT(lenient->notes, testing::ElementsAre("s:1:1: objects without an array around them"));
  const auto bad = read_scenario(with(text, "100}", "99}"), "s", Leniency::lenient);
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().message, testing::StartsWith("s:4:40: branch 2: the opening balance"));
}

TEST(Strangers, AMissingKeyNamesTheOneThatIsThere) {
  const auto message = [](const std::string& text) {
    const auto read = read_scenario(text, "s", Leniency::strict);
    return read ? "read" : read.error().message;
  };
  EXPECT_EQ(message(stranger("16-run-amount-key.json")),
            "s:1:43: customer 1, event 1: the amount is missing (\"money\"), but there is "
            "\"amount\": did you mean \"money\"?");
  const std::string in = stranger("in.json");
  EXPECT_THAT(message(with(in, "\"balance\"", "\"Balance\"")),
              testing::EndsWith("branch 1: \"balance\" is missing, but there is \"Balance\": did "
                                "you mean \"balance\"?"));
  EXPECT_THAT(message(with(in, "\"events\"", "\"customer_requests\"")),
              testing::EndsWith("customer 1: \"events\" is missing, but there is "
                                "\"customer_requests\": did you mean \"customer-requests\"?"));
}

TEST(AsUtf8, ReadsWhatAWindowsShellWrites) {
  const std::string text = "{\"é€\": \"\U0001F600\"}";
  const std::u16string wide = u"\uFEFF{\"é€\": \"\U0001F600\"}";
  std::string little;
  std::string big;
  for (const char16_t unit : wide) {
    little += {static_cast<char>(unit & 0xFF), static_cast<char>(unit >> 8)};
    big += {static_cast<char>(unit >> 8), static_cast<char>(unit & 0xFF)};
  }
  EXPECT_EQ(as_utf8(little), "\xEF\xBB\xBF" + text);
  EXPECT_EQ(as_utf8(big), "\xEF\xBB\xBF" + text);
  EXPECT_EQ(as_utf8(text), text);
  for (const std::string& broken :
       {little.substr(0, little.size() - 1), std::string("\xFF\xFE\x3D\xD8", 4),
        std::string("\xFF\xFE\x00\xDE", 4)}) {
    EXPECT_EQ(as_utf8(broken), broken);
  }
}

}  // namespace
}  // namespace passbook
