// SPDX-License-Identifier: Apache-2.0
// Files that are refused even leniently, and their messages.
#include "lab/scenario/reader.h"
#include "lab/scenario/testing_cases.h"

namespace passbook {
namespace {

constexpr Leniency kBoth[] = {Leniency::strict, Leniency::lenient};

struct Refusal {
  const char* what;
  std::string text;
  const char* message;  // the start of the message
};

std::string with_branches(std::string_view rest) {
  return fmt::format("[{{\"id\":1,\"type\":\"branch\",\"balance\":400}},\n{}]", rest);
}

std::string with_event(std::string_view event) {
  return with_branches(
      fmt::format(R"({{"id":1,"type":"customer","events":[{{"id":3,"interface":"query"}},
{}]}})",
                  event));
}

void expect_refused(const std::vector<Refusal>& cases) {
  for (const Refusal& c : cases) {
    for (const Leniency leniency : kBoth) {
      const auto read = read_scenario(c.text, "bad.json", leniency);
      ASSERT_FALSE(read) << c.what;
      EXPECT_THAT(read.error().message, testing::StartsWith(c.message)) << c.what;
      EXPECT_THAT(read.error().message, testing::Not(testing::HasSubstr("\n"))) << c.what;
      EXPECT_EQ(read.error().hint, "") << c.what;
    }
  }
}

TEST(RefuseScenario, TextsThatAreNoScenario) {
  const std::string sample = case_text("spec-sample.json");
  expect_refused({
      {"an empty file", "", "bad.json:1:1: the file is empty"},
      {"a blank file", " \n\t\n", "bad.json:1:1: the file is empty"},
      {"only a byte order mark", "\xEF\xBB\xBF", "bad.json:1:1: the file is empty"},
      {"no JSON", "hello", "bad.json:1:1: syntax error"},
      {"a truncated file", sample.substr(0, sample.size() / 2), "bad.json:29:6: syntax error"},
      {"cut before the last bracket", sample.substr(0, sample.rfind(']')),
       "bad.json:57:1: syntax error"},
      {"cut in a string", sample.substr(0, 36), "bad.json:4:9: syntax error"},
      {"a number on top", "17", "bad.json:1:1: the file must hold one array"},
      {"an object on top", R"({"id":1,"balance":4})", "bad.json:1:1: the file must hold one array"},
      {"an object around the array", R"({"all":[{"id":1,"type":"branch","balance":4}]})",
       "bad.json:1:1: the file must hold one array"},
      {"doubled commas", with_branches(",{}"), "bad.json:2:1: syntax error"},
      {"bare keys", "[{id:1}]", "bad.json:1:3: syntax error"},
      {"a cut comment", "[1 /* ", "bad.json:1:4: syntax error"},
      {"an endless number", "[1e999]", "bad.json:1:2: unexpected number: it is out of range"},
      {"deep brackets", std::string(100'000, '['),
       "bad.json:1:65: brackets are nested more than 64 deep"},
      {"deep braces",
       [] {
         std::string text = "[";
         for (int i = 0; i < 100'000; ++i) {
           text += "{\"a\":";
         }
         return text;
       }(),
       "bad.json:1:317: brackets are nested more than 64 deep"},
      {"not UTF-8", "[{\"id\":1,\n\"typ\xE9\":2}]", "bad.json:2:5: this is not UTF-8"},
      {"UTF-16", std::string("\xFF\xFE[\0]\0", 6), "bad.json:1:1: this is not UTF-8"},
      {"a zero byte", with_branches("") + std::string("\0", 1), "bad.json:2:2: a zero byte"},
  });
}

TEST(RefuseScenario, InvalidUtf8AlsoInCommentsAndProse) {
  expect_refused({
      {"in a comment", "[ // \xE9\n]", "bad.json:1:6: this is not UTF-8"},
      {"in prose", "[]\n\xE9", "bad.json:2:1: this is not UTF-8"},
  });
}

TEST(RefuseScenario, KeysThatAreInOneObjectTwice) {
  expect_refused({
      {"of a branch", R"([{"id":1,"type":"branch","id":2,"balance":0}])",
       "bad.json:1:26: duplicate key \"id\""},
      {"of an event", with_event(R"({"interface":"query","interface":"query"})"),
       "bad.json:3:22: duplicate key \"interface\""},
      {"unknown ones too", R"([{"id":1,"type":"branch","balance":0,"x":1,"x":1}])",
       "bad.json:1:44: duplicate key \"x\""},
  });
}

TEST(RefuseScenario, BranchesThatAreNoBank) {
  expect_refused({
      {"none", R"([{"id":1,"type":"customer","events":[]}])",
       "bad.json:1:1: there are no branches"},
      {"an empty array", "[]", "bad.json:1:1: there are no branches"},
      {"one twice", with_branches(R"({"id":1,"type":"bank","balance":400})"),
       "bad.json:2:1: branch 1: duplicate branch"},
      {"disagreeing openings", with_branches(R"({"id":2,"type":"branch","balance":400.5})"),
       "bad.json:2:35: branch 2: the opening balance is 400.50, but branch 1 has 400"},
      {"no balance", with_branches(R"({"id":2,"type":"branch"})"),
       "bad.json:2:1: branch 2: \"balance\" is missing"},
      {"a null balance", with_branches(R"({"id":2,"type":"branch","balance":null})"),
       "bad.json:2:35: branch 2: the balance must be a number"},
      {"a negative balance", R"([{"id":2,"type":"branch","balance":-0.01}])",
       "bad.json:1:36: branch 2: the balance is negative"},
      {"a balance of mills", R"([{"id":2,"type":"branch","balance":1.001}])",
       "bad.json:1:36: branch 2: the balance has more than two decimal places"},
      {"a balance too large", R"([{"id":2,"type":"branch","balance":92233720368547758.08}])",
       "bad.json:1:36: branch 2: the balance is larger than a ledger can hold"},
      {"no id", R"([{"type":"branch","balance":1}])", "bad.json:1:2: object 1: \"id\" is missing"},
      {"id 0", R"([{"id":0,"type":"branch","balance":1}])",
       "bad.json:1:8: object 1: \"id\" must be a positive integer"},
      {"a negative id", R"([{"id":-1,"type":"branch","balance":1}])",
       "bad.json:1:8: object 1: \"id\" must be a positive integer"},
      {"a fractional id", R"([{"id":1.5,"type":"branch","balance":1}])",
       "bad.json:1:8: object 1: \"id\" must be a positive integer"},
      {"an id of words", R"([{"id":"one","type":"branch","balance":1}])",
       "bad.json:1:8: object 1: \"id\" must be a positive integer"},
      {"an id too large", R"([{"id":4294967296,"type":"branch","balance":1}])",
       "bad.json:1:2: branch 4294967296: the id is larger than 4294967295"},
      {"no port", R"([{"id":1,"type":"branch","balance":1,"address":"localhost"}])",
       "bad.json:1:48: branch 1: the address must be a string of the form HOST:PORT"},
      {"a port too large", R"([{"id":1,"type":"branch","balance":1,"address":"a:65536"}])",
       "bad.json:1:48: branch 1: the address must be"},
      {"no host", R"([{"id":1,"type":"branch","balance":1,"address":":1"}])",
       "bad.json:1:48: branch 1: the address must be"},
      {"an address that is no text", R"([{"id":1,"type":"branch","balance":1,"address":1}])",
       "bad.json:1:48: branch 1: the address must be"},
  });
}

TEST(RefuseScenario, ObjectsThatAreNeitherCustomerNorBranch) {
  expect_refused({
      {"an unknown type", with_branches(R"({"id":2,"type":"teller"})"),
       "bad.json:2:16: object 2: unknown type \"teller\""},
      {"no type", with_branches(R"({"id":2})"), "bad.json:2:1: object 2: \"type\" is missing"},
      {"a type that is no text", with_branches(R"({"id":2,"type":3})"),
       "bad.json:2:16: object 2: the type must be a string"},
      {"a number", with_branches("3"), "bad.json:2:1: object 2: it must be an object"},
      {"a customer without events", with_branches(R"({"id":1,"type":"customer"})"),
       "bad.json:2:1: customer 1: \"events\" is missing"},
      {"events that are no array", with_branches(R"({"id":1,"type":"customer","events":{}})"),
       "bad.json:2:36: customer 1: the events must be an array"},
      {"a customer id too large",
       with_branches(R"({"id":18446744073709551616,"type":"customer","events":[]})"),
       "bad.json:2:7: object 2: \"id\" must be a positive integer"},
      {"a type with a line break", with_branches(R"({"id":2,"type":"a\nb"})"),
       "bad.json:2:16: object 2: unknown type \"a\\nb\""},
  });
}

TEST(RefuseScenario, EventsThatNobodyCanPerform) {
  expect_refused({
      {"an unknown interface", with_event(R"({"id":4,"interface":"transfer"})"),
       "bad.json:3:21: customer 1, event 4: unknown interface \"transfer\""},
      {"no interface", with_event(R"({"id":4})"),
       "bad.json:3:1: customer 1, event 4: \"interface\" is missing"},
      {"no object", with_event("7"), "bad.json:3:1: customer 1, event 2: it must be an object"},
      {"id 0", with_event(R"({"id":0,"interface":"query"})"),
       "bad.json:3:7: customer 1, event 2: \"id\" must be a positive integer"},
      {"a null id", with_event(R"({"id":null,"interface":"query"})"),
       "bad.json:3:7: customer 1, event 2: \"id\" must be a positive integer"},
      {"a destination that does not exist", with_event(R"({"interface":"query","dest":9})"),
       "bad.json:3:29: customer 1, event 2: there is no branch 9"},
      {"a branch that does not exist", with_event(R"({"interface":"query","branch":4294967297})"),
       "bad.json:3:31: customer 1, event 2: there is no branch 4294967297"},
      {"a destination that is no id", with_event(R"({"interface":"query","dest":null})"),
       "bad.json:3:29: customer 1, event 2: \"dest\" must be a positive integer"},
      {"two destinations",
       R"([{"id":1,"type":"branch","balance":0},{"id":2,"type":"branch","balance":0},
{"id":1,"type":"customer","events":[{"interface":"query","branch":1,"dest":2}]}])",
       "bad.json:2:67: customer 1, event 1: \"dest\" and \"branch\" name different branches"},
      {"no branch of the customer's id",
       with_branches(R"({"id":5,"type":"customer","events":[{"interface":"query"}]})"),
       "bad.json:2:37: customer 5, event 1: there is no branch with the customer's id"},
      {"a customer's id that equals a branch's in 32 bits only",
       with_branches(R"({"id":4294967297,"type":"customer","events":[{"interface":"query"}]})"),
       "bad.json:2:46: customer 4294967297, event 1: there is no branch with"},
  });
}

TEST(RefuseScenario, BadAmounts) {
  expect_refused({
      {"missing", with_event(R"({"id":4,"interface":"deposit"})"),
       "bad.json:3:1: customer 1, event 4: the amount is missing"},
      {"null", with_event(R"({"id":4,"interface":"deposit","money":null})"),
       "bad.json:3:39: customer 1, event 4: the amount must be a number"},
      {"zero", with_event(R"({"id":4,"interface":"deposit","money":0.00})"),
       "bad.json:3:39: customer 1, event 4: the amount must be greater than 0"},
      {"minus zero", with_event(R"({"id":4,"interface":"withdraw","money":-0})"),
       "bad.json:3:40: customer 1, event 4: the amount must be greater than 0"},
      {"negative", with_event(R"({"id":4,"interface":"withdraw","money":-5})"),
       "bad.json:3:40: customer 1, event 4: the amount must be greater than 0"},
      {"mills", with_event(R"({"id":4,"interface":"deposit","money":10.001})"),
       "bad.json:3:39: customer 1, event 4: the amount has more than two decimal places"},
      {"a tiny exponent", with_event(R"({"id":4,"interface":"deposit","money":1e-400})"),
       "bad.json:3:39: customer 1, event 4: the amount has more than two decimal places"},
      {"overflowing", with_event(R"({"id":4,"interface":"deposit","money":92233720368547758.08})"),
       "bad.json:3:39: customer 1, event 4: the amount is larger than a ledger can hold"},
      {"of 30 digits",
       with_event(R"({"id":4,"interface":"deposit","money":123456789012345678901234567890})"),
       "bad.json:3:39: customer 1, event 4: the amount is larger than a ledger can hold"},
      {"a word", with_event(R"({"id":4,"interface":"deposit","money":true})"),
       "bad.json:3:39: customer 1, event 4: the amount must be a number"},
  });
}

TEST(RefuseScenario, AQuotedAmountThatIsNoneIsRefusedLenientlyToo) {
  const std::string text = with_event(R"({"id":4,"interface":"deposit","money":"many"})");
  const auto strict = read_scenario(text, "bad.json", Leniency::strict);
  EXPECT_EQ(strict.error(),
            (InputError{"bad.json:3:39: customer 1, event 4: the amount must be a number", ""}));
  const auto lenient = read_scenario(text, "bad.json", Leniency::lenient);
  EXPECT_EQ(lenient.error(),
            (InputError{"bad.json:3:39: customer 1, event 4: the amount is not a number", ""}));
}

TEST(RefuseScenario, ListsOfLogicalClocks) {
  for (const auto& [name, place] : std::vector<std::pair<std::string, std::string>>{
           {"clock-sample.all_events.json", "1:54"},
           {"clock-sample.branch_events.json", "6:40"},
           {"clock-sample.customer_events.json", "5:36"}}) {
    for (const Leniency leniency : kBoth) {
      const auto read = read_scenario(case_text(name), name, leniency);
      ASSERT_FALSE(read);
      EXPECT_EQ(
          read.error(),
          (InputError{fmt::format("{}:{}: this is a list of events with logical clocks, not a "
                                  "scenario; passbook check --clock-lists judges it",
                                  name, place),
                      ""}));
    }
  }
}

TEST(RefuseScenario, RequestsThatAreSpeltInTwoWays) {
  expect_refused({
      {"both lists",
       with_branches(R"({"id":1,"type":"customer","customer-requests":[],"events":[]})"),
       "bad.json:2:50: customer 1: it has both \"events\" and \"customer-requests\""},
      {"both ids", with_branches(R"({"id":1,"type":"customer","customer-requests":[
{"customer-request-id":3,"interface":"query","id":3}]})"),
       "bad.json:3:46: customer 1, event 1: \"id\" belongs to \"events\", not to "
       "\"customer-requests\""},
      {"a request id among events", with_event(R"({"customer-request-id":3,"interface":"query"})"),
       "bad.json:3:2: customer 1, event 2: \"customer-request-id\" belongs to "
       "\"customer-requests\", not to \"events\""},
  });
}

TEST(RefuseScenario, RequestsThatCanNotBeNamed) {
  const auto with_request = [](std::string_view request) {
    return with_branches(fmt::format(
        R"({{"id":1,"type":"customer","customer-requests":[
{}]}})",
        request));
  };
  expect_refused({
      {"no id", with_request(R"({"interface":"query"})"),
       "bad.json:3:1: customer 1, event 1: \"customer-request-id\" is missing"},
      {"id 0", with_request(R"({"customer-request-id":0,"interface":"query"})"),
       "bad.json:3:24: customer 1, event 1: \"customer-request-id\" must be a positive integer"},
      {"no list", with_branches(R"({"id":1,"type":"customer","customer-requests":7})"),
       "bad.json:2:47: customer 1: the events must be an array"},
  });
}

TEST(RefuseScenario, LenientMessagesShowPlacesOfTheOriginal) {
  const auto read = read_scenario(
      "The input,\nin ‘Python’: [ # all\n {'id': 1, 'type': 'branch', 'balance': 1.001,},]",
      "bad.json", Leniency::lenient);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message,
            "bad.json:3:41: branch 1: the balance has more than two decimal places");
}

TEST(RefuseScenario, ProseAfterTheArrayIsRefusedWithAHint) {
  const auto read = read_scenario(case_text("spec-sample.json") + "\nThat is the input.",
                                  "bad.json", Leniency::strict);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, testing::StartsWith("bad.json:58:1: syntax error"));
  EXPECT_EQ(read.error().hint, "--lenient accepts text after the array");
}

TEST(RefuseScenario, AHintIsOnlyGivenWhereItHelps) {
  const auto read =
      read_scenario(R"([{"id":1,"type":"branch","balance":-1},])", "bad.json", Leniency::strict);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().hint, "");
}

}  // namespace
}  // namespace passbook
