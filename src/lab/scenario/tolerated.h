// SPDX-License-Identifier: Apache-2.0
// The names of what a lenient reading tolerates, as notes and hints give them.
#pragma once

namespace passbook::tolerated {

inline constexpr const char* kTrailingCommas = "trailing commas";
inline constexpr const char* kMissingCommas = "missing commas";
inline constexpr const char* kCurlyQuotes = "curly quotes";
inline constexpr const char* kSingleQuotes = "single quotes";
inline constexpr const char* kPythonLiterals = "Python literals";
inline constexpr const char* kComments = "comments";
inline constexpr const char* kTextBefore = "text before the array";
inline constexpr const char* kTextAfter = "text after the array";
inline constexpr const char* kUpperCase = "upper-case types and interfaces";
inline constexpr const char* kQuotedNumbers = "numbers in quotes";
inline constexpr const char* kTextBetween = "text around the objects";
inline constexpr const char* kNoArray = "objects without an array around them";
inline constexpr const char* kKeyAfterKey = "a key where a value should be";
inline constexpr const char* kUpperCaseWords = "upper-case words";
inline constexpr const char* kResultBesideBalance = "a result beside a balance";
inline constexpr const char* kSpacedKeys = "spaces in keys";

}  // namespace passbook::tolerated
