// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/json_tree.h"

namespace passbook {
namespace {

JsonValue parsed(std::string_view text) {
  auto tree = parse_json(text);
  EXPECT_TRUE(tree) << text;
  return tree ? std::move(tree->root) : JsonValue{};
}

TEST(ParseJson, KnowsWhereEveryValueStands) {
  const auto root = parsed(R"( [ 12 , "a\"b" ,null,{ "k" : true }, [false] ])");
  const auto& items = root.as<JsonArray>()->items;
  std::vector<std::size_t> offsets;
  for (const JsonValue& item : items) {
    offsets.push_back(item.offset);
  }
  EXPECT_EQ(root.offset, 1U);
  EXPECT_THAT(offsets, testing::ElementsAre(3, 8, 16, 21, 37));
  const JsonMember& member = items[3].as<JsonObject>()->members[0];
  EXPECT_EQ(member.offset, 23U);
  EXPECT_EQ(member.value.offset, 29U);
  EXPECT_EQ(items[4].as<JsonArray>()->items[0].offset, 38U);
}

TEST(ParseJson, KeepsTheTextOfNumbers) {
  for (const auto* text :
       {"10.10", "1e2", "-0", "0.1", "18446744073709551616", "-9223372036854775809",
        "123456789012345678901234567890.12", "1E-5", "7"}) {
    const auto root = parsed(fmt::format("[{}]", text));
    EXPECT_EQ(root.as<JsonArray>()->items[0].as<JsonNumber>()->text, text);
  }
}

TEST(ParseJson, DecodesStrings) {
  EXPECT_EQ(*parsed(R"("aé\u00e9\n\\")").as<std::string>(), "aéé\n\\");
}

TEST(ParseJson, SkipsAByteOrderMark) {
  const auto root = parsed("\xEF\xBB\xBF[1]");
  EXPECT_EQ(root.offset, 3U);
  EXPECT_EQ(root.as<JsonArray>()->items[0].offset, 4U);
}

struct Refusal {
  std::string text;
  std::size_t offset;
  const char* message;
};

TEST(ParseJson, SaysWhereAndWhyATextIsNoJson) {
  const std::vector<Refusal> cases = {
      {"", 0, "the file is empty"},
      {" \n ", 0, "the file is empty"},
      {"[\"\xE9\"]", 2, "this is not UTF-8"},
      {"hello", 0, "invalid literal"},
      {"[1,]", 3, "unexpected ']'"},
      {R"({"a":1,})", 7, "unexpected '}'"},
      {"[,1]", 1, "unexpected ','"},
      {"[1,,2]", 3, "unexpected ','"},
      {R"({"a":,})", 5, "unexpected ','"},
      {R"({"a" 1})", 5, "unexpected number literal"},
      {R"(["a"  "bcd"])", 6, "unexpected string literal"},
      {"[{} {}]", 4, "unexpected '{'"},
      {"[{}] and so on", 5, "invalid literal"},
      {"[{}] []", 5, "unexpected '['"},
      {"[1, 2", 5, "unexpected end of input"},
      {R"([ "abc)", 2, "missing closing quote"},
      {"[\"a\nb\"]", 3, "control character"},
      {"['a']", 1, "invalid literal"},
      {"[01]", 2, "unexpected number literal"},
      {"[1e999]", 1, "out of range"},
      {"[1}", 2, "unexpected '}'"},
      {std::string("[\0]", 3), 1, "zero byte"},
      {std::string("[] \0 more", 9), 3, "zero byte"},
      {"[1] // no", 4, "invalid literal"},
  };
  for (const Refusal& c : cases) {
    const auto tree = parse_json(c.text);
    ASSERT_FALSE(tree) << c.text;
    EXPECT_EQ(tree.error().offset, c.offset) << c.text << "\n" << tree.error().message;
    EXPECT_THAT(tree.error().message, testing::HasSubstr(c.message)) << c.text;
    EXPECT_THAT(tree.error().message, testing::Not(testing::HasSubstr("exception"))) << c.text;
    EXPECT_THAT(tree.error().message, testing::Not(testing::HasSubstr("last read"))) << c.text;
  }
}

TEST(ParseJson, RefusesAKeyTwiceAtItsSecondPlace) {
  const auto tree = parse_json(R"([{"b":1,"a":{"b":2},"b":3,"a":4}])");
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().offset, 20U);
  EXPECT_EQ(tree.error().message, "duplicate key \"b\"");
}

TEST(ParseJson, RefusesAKeyTwiceThoughItIsEscapedOnce) {
  EXPECT_FALSE(parse_json(R"({"a":1,"\u0061":2})"));
}

TEST(ParseJson, RefusesDeepBracketsCleanly) {
  const std::string deepest = std::string(64, '[') + std::string(64, ']');
  EXPECT_TRUE(parse_json(deepest));
  for (const std::size_t depth : {65U, 100'000U, 1'000'000U}) {
    const auto tree = parse_json(std::string(depth, '['));
    ASSERT_FALSE(tree);
    EXPECT_EQ(tree.error().offset, 64U);
    EXPECT_EQ(tree.error().message, "brackets are nested more than 64 deep");
  }
}

TEST(ParseJson, RefusesOrDropsTheSpacesAroundKeys) {
  constexpr std::string_view kText = R"({"type":2," id ":1,"a b":3})";
  const auto refused = parse_json(kText);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().offset, 10U);
  EXPECT_EQ(refused.error().message, "the key \" id \" has leading or trailing spaces");
  const auto dropped = parse_json(kText, KeySpaces::dropped);
  ASSERT_TRUE(dropped);
  EXPECT_NE(dropped->root.as<JsonObject>()->find("id"), nullptr);
  EXPECT_NE(dropped->root.as<JsonObject>()->find("a b"), nullptr);
  EXPECT_THAT(dropped->spaced_keys, testing::ElementsAre(10));
  EXPECT_FALSE(parse_json(R"({"id":1,"id ":2})", KeySpaces::dropped));
}

TEST(ParsePositiveInteger, ReadsDigitsOnly) {
  EXPECT_EQ(parse_positive_integer("1"), 1U);
  EXPECT_EQ(parse_positive_integer("18446744073709551615"), 18446744073709551615U);
  for (const auto* text : {"", "0", "-1", "+1", "1.0", "1e2", " 1", "1 ", "18446744073709551616"}) {
    EXPECT_EQ(parse_positive_integer(text), std::nullopt) << text;
  }
}

TEST(JsonString, IsOneLineWhateverTheText) {
  EXPECT_EQ(json_string("a\"\n\x01é"), "\"a\\\"\\n\\u0001é\"");
  EXPECT_EQ(json_string("\xFF"), "\"\xEF\xBF\xBD\"");
  EXPECT_EQ(json_excerpt(std::string(100, 'x')), "\"" + std::string(40, 'x') + "\"...");
  EXPECT_EQ(json_excerpt(std::string(39, 'x') + "éé"), "\"" + std::string(39, 'x') + "\"...");
}

}  // namespace
}  // namespace passbook
