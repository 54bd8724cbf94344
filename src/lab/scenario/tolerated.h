// SPDX-License-Identifier: Apache-2.0
// The names, in notes and hints, of the mistakes that a lenient reading tolerates.
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
inline constexpr const char* kUpperCaseKeys = "upper-case keys";
inline constexpr const char* kManyArrays = "several arrays, read as one";
inline constexpr const char* kNestedArrays = "an array of objects within the array";
inline constexpr const char* kFlat = "answers without \"recv\" around them";
inline constexpr const char* kQuotedJson = "JSON within strings";
inline constexpr const char* kFloatIds = "ids with a decimal point";
inline constexpr const char* kFloatNoise =
    "amounts rounded to the cent; each was within a hundredth of a cent";
inline constexpr const char* kOtherOrder = "answers out of order, matched by id";
inline constexpr const char* kCustomerIds = "answers that repeat the customer's id";
inline constexpr const char* kEventIds = "answers with the event's id instead of the customer's";
inline constexpr const char* kEchoedAmounts = "writes that repeat their amount";
inline constexpr const char* kGrowing = "earlier states of the output; the last is judged";
inline constexpr const char* kRepeated = "the whole output, more than once; it is judged once";
inline constexpr const char* kSpacedKeys = "spaces in keys";

}  // namespace passbook::tolerated
