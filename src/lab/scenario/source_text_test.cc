// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/source_text.h"

namespace passbook {
namespace {

TEST(SourceText, CountsLinesAndColumnsFromOne) {
  const SourceText source("ab\n\nc", "f");
  EXPECT_EQ(source.place(0), (Place{1, 1}));
  EXPECT_EQ(source.place(1), (Place{1, 2}));
  EXPECT_EQ(source.place(2), (Place{1, 3}));
  EXPECT_EQ(source.place(3), (Place{2, 1}));
  EXPECT_EQ(source.place(4), (Place{3, 1}));
  EXPECT_EQ(source.name_place(4), "f:3:1");
}

TEST(SourceText, AnOffsetPastTheEndIsTheEnd) {
  EXPECT_EQ(SourceText("ab", "f").place(99), (Place{1, 3}));
  EXPECT_EQ(SourceText("", "f").place(99), (Place{1, 1}));
}

TEST(SourceText, ColumnsCountCharactersNotBytes) {
  EXPECT_EQ(SourceText("“é”x", "f").place(8), (Place{1, 4}));
}

TEST(SourceText, AByteOrderMarkTakesNoColumn) {
  const SourceText source("\xEF\xBB\xBF[1]", "f");
  EXPECT_EQ(source.place(0), (Place{1, 1}));
  EXPECT_EQ(source.place(3), (Place{1, 1}));
  EXPECT_EQ(source.place(4), (Place{1, 2}));
}

TEST(SourceText, FindsPlacesInLongLinesAndLongFiles) {
  std::string text(5000, 'a');
  text += '\n';
  text += std::string(5000, 'b');
  const SourceText source(text, "f");
  EXPECT_EQ(source.place(4321), (Place{1, 4322}));
  EXPECT_EQ(source.place(5000), (Place{1, 5001}));
  EXPECT_EQ(source.place(5001), (Place{2, 1}));
  EXPECT_EQ(source.place(9999), (Place{2, 4999}));
}

TEST(FirstInvalidUtf8, AcceptsEveryLengthOfCharacter) {
  EXPECT_EQ(first_invalid_utf8(""), std::nullopt);
  EXPECT_EQ(first_invalid_utf8("a\x7F é “ \U0001F600 \U0010FFFF"), std::nullopt);
}

TEST(FirstInvalidUtf8, NamesTheFirstBadByte) {
  const std::vector<std::pair<std::string_view, std::size_t>> cases = {
      {"ab\xFF", 2},            // can't start a character
      {"a\x80", 1},             // a continuation without a start
      {"a\xC3", 1},             // cut off
      {"\xE2\x80", 0},          // cut off
      {"\xC0\xAF", 0},          // overlong
      {"\xE0\x80\xAF", 0},      // overlong
      {"\xF0\x80\x80\xAF", 0},  // overlong
      {"\xED\xA0\x80", 0},      // a surrogate
      {"\xF4\x90\x80\x80", 0},  // above U+10FFFF
      {"\xE2\x80z", 0},         // the third byte
  };
  for (const auto& [text, offset] : cases) {
    EXPECT_EQ(first_invalid_utf8(text), offset) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace passbook
