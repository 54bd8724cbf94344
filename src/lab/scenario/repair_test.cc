// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/repair.h"

#include "lab/scenario/testing_cases.h"
#include "lab/scenario/tolerated.h"

namespace passbook {
namespace {

std::vector<std::string> kinds(const Repair& repair) {
  std::vector<std::string> kinds;
  for (const Remark& remark : repair.tolerated.all()) {
    kinds.push_back(remark.what);
  }
  return kinds;
}

struct Case {
  std::string_view text;
  std::string_view repaired;
  std::vector<std::string> kinds;
};

TEST(RepairJson, RewritesWhatPeoplePaste) {
  using namespace tolerated;
  const std::vector<Case> cases = {
      {"[1,2,]", "[1,2 ]", {kTrailingCommas}},
      {"[1, ]", "[1  ]", {kTrailingCommas}},
      {R"({"a":1,})", R"({"a":1 })", {kTrailingCommas}},
      {"[{},{},]", "[{},{} ]", {kTrailingCommas}},
      {"[1,/**/]", "[1  ]", {kComments, kTrailingCommas}},
      {"[{} {}]", "[{} ,{}]", {kMissingCommas}},
      {"[1 2]", "[1 ,2]", {kMissingCommas}},
      {R"({"a":1 "b":"x" "c":[]})", R"({"a":1 ,"b":"x" ,"c":[]})", {kMissingCommas}},
      {"{“a”:“b”}", R"({"a":"b"})", {kCurlyQuotes}},
      {"[“a\", ”b“, „c“]", R"(["a", "b", "c"])", {kCurlyQuotes}},
      {"[‘a’, ‘b']", R"(["a", "b"])", {kCurlyQuotes}},
      {"{'a':'b'}", R"({"a":"b"})", {kSingleQuotes}},
      {R"(['say "hi"', 'it\'s', 'a\"b\\'])",
       R"(["say \"hi\"", "it's", "a\"b\\"])",
       {kSingleQuotes}},
      {"['it’s “so”']", R"(["it’s “so”"])", {kSingleQuotes}},
      {"[True,False , None]", "[true,false , null]", {kPythonLiterals}},
      {"[1, // one\n2]", "[1,  \n2]", {kComments}},
      {"[1, # one\n2]", "[1,  \n2]", {kComments}},
      {"[1, /* a\nb */2]", "[1,  2]", {kComments}},
      {"[1,\n```\n\n```json\n2]", "[1,\n \n\n \n2]", {kComments}},
      {"// a\n[1] # b", " \n[1]  ", {kComments}},
      {"the input: [1]", "[1]", {kTextBefore}},
      {"data = [1]", "[1]", {kTextBefore}},
      {"see [2] and [ {}]", "[ {}]", {kTextBefore}},
      {"[1] and that was it", "[1] ", {kTextAfter}},
      {"[1],", "[1]", {kTextAfter}},
      {"[1]]", "[1]", {kTextAfter}},
  };
  for (const Case& c : cases) {
    const Repair repair = repair_json(c.text);
    EXPECT_EQ(repair.repaired.text(), c.repaired) << c.text;
    EXPECT_EQ(kinds(repair), c.kinds) << c.text;
  }
}

TEST(RepairJson, LeavesOtherErrorsToTheParser) {
  for (const std::string_view text :
       {"",          "  ",    "hello",  "[",       "]",        "}{",     "[,]",
        "[1,,]",     "[,1]",  "[1,,2]", "{a:1}",   "[tru]",    "[\"abc", "[\"a\nb\"]",
        "['abc\n']", "[“abc", "[1 /* ", "{\"a\"}", "{\"a\",}", "[1}",    "[/]",
        "[\"\\",     "['\\",  "[nan]",  "[1.5.2]"}) {
    const Repair repair = repair_json(text);
    EXPECT_FALSE(nlohmann_accepts(repair.repaired.text())) << text;
  }
}

TEST(RepairJson, AKeyWithoutAColonGetsNoComma) {
  EXPECT_EQ(repair_json(R"({"a" 1})").repaired.text(), R"({"a" 1})");
}

TEST(RepairJson, AnObjectIsNotTakenForProse) {
  EXPECT_EQ(repair_json(R"({"a":[{}]})").repaired.text(), R"({"a":[{}]})");
}

TEST(RepairJson, ValidJsonComesBackUnchanged) {
  std::vector<std::string> texts = {
      R"({"a":"he said “x”, it's // not # a /* comment */ True","b":["[","\"",""]})",
      "[1,\"\\\\\",\"\\\"\",-1.5e+3,true,false,null]\n",
      "\xEF\xBB\xBF[{}, [ ], \"\\u201c\"]",
      "\"text\"",
      "17",
      std::string(200, '[') + std::string(200, ']'),
  };
  for (const CaseFile& file : case_files()) {
    if (file.name != "trailing-comma.json") {
      texts.push_back(file.text);
    }
  }
  for (const std::string& text : texts) {
    const Repair repair = repair_json(text);
    EXPECT_EQ(repair.repaired.text(), text);
    EXPECT_THAT(kinds(repair), testing::IsEmpty()) << text;
    for (std::size_t at = 0; at < text.size(); ++at) {
      ASSERT_EQ(repair.repaired.original_offset(at), at);
    }
  }
}

TEST(RepairJson, EveryBytesOriginIsKnown) {
  constexpr std::string_view kText = "see: [‘a’ 'b\"', /* c */ True, 7,]";
  const RepairedText repaired = repair_json(kText).repaired;
  ASSERT_EQ(repaired.text(), R"(["a" ,"b\"",   true, 7 ])");
  for (const auto& [piece, original] :
       std::vector<std::pair<std::string_view, std::string_view>>{{"a", "a"},
                                                                  {",\"b", "'b"},
                                                                  {"b", "b\""},
                                                                  {"\\", "\"'"},
                                                                  {"true", "True"},
                                                                  {"7", "7"},
                                                                  {"]", "]"}}) {
    EXPECT_EQ(repaired.original_offset(repaired.text().find(piece)), kText.find(original)) << piece;
  }
}

TEST(RepairJson, CountsEachKindAndKeepsItsFirstPlace) {
  const Repair repair = repair_json("[1,\n  'a',\n  'b',\n]");
  ASSERT_EQ(kinds(repair).size(), 2U);
  EXPECT_EQ(repair.tolerated.all()[0].offset, 6U);
  EXPECT_EQ(repair.tolerated.all()[0].count, 2U);
  EXPECT_EQ(repair.tolerated.all()[1].offset, 16U);
}

TEST(RepairJson, TakesLinearTime) {
  const auto start = std::chrono::steady_clock::now();
  for (const std::string_view piece :
       {"[", "[ ", "'", "‘", "“'\"", "/*", "[/*", "{\"", "#", "1 "}) {
    std::string text;
    while (text.size() < 400'000) {
      text += piece;
    }
    EXPECT_GE(repair_json(text).repaired.text().size(), 1U) << piece;
  }
  // Quadratic time would be half a minute here; linear time is far below a second.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

}  // namespace
}  // namespace passbook
