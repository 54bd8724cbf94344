// SPDX-License-Identifier: Apache-2.0
#include "lab/trace/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace passbook::trace {
namespace {

constexpr std::array<std::string_view, 13> kActs{
    "send",  "receive",   "accept", "apply",  "give_up", "start", "stop",
    "crash", "disk_lost", "pause",  "resume", "cut",     "mend"};
static_assert(static_cast<std::size_t>(Act::mend) + 1 == kActs.size());

constexpr std::array<std::string_view, 19> kMessages{"query",
                                                     "deposit",
                                                     "withdraw",
                                                     "grant",
                                                     "release",
                                                     "answer",
                                                     "hello",
                                                     "progress",
                                                     "rights_request",
                                                     "rights_request_cancelled",
                                                     "totals_request",
                                                     "totals_reply",
                                                     "rebalance_request",
                                                     "outcome_request",
                                                     "outcome_reply",
                                                     "heartbeat",
                                                     "dismissal",
                                                     "divergence",
                                                     "abandon"};
static_assert(static_cast<std::size_t>(Message::abandon) + 1 == kMessages.size());

template <class Enum>
std::optional<Enum> parse(const auto& words, std::string_view word) {
  const auto found = std::ranges::find(words, word);
  return found == words.end() ? std::nullopt
                              : std::optional(static_cast<Enum>(found - words.begin()));
}

}  // namespace

std::string_view to_string(Act act) { return kActs.at(static_cast<std::size_t>(act)); }
std::optional<Act> parse_act(std::string_view word) { return parse<Act>(kActs, word); }

std::string_view to_string(Message message) {
  return kMessages.at(static_cast<std::size_t>(message));
}
std::optional<Message> parse_message(std::string_view word) {
  return parse<Message>(kMessages, word);
}

std::string to_string(Process process) {
  return fmt::format("{} {}", process.kind == Process::Kind::branch ? "branch" : "customer",
                     process.id);
}

std::optional<Process> parse_process(std::string_view text) {
  for (const Process::Kind kind : {Process::Kind::branch, Process::Kind::customer}) {
    const std::string_view word = kind == Process::Kind::branch ? "branch " : "customer ";
    if (!text.starts_with(word)) {
      continue;
    }
    Process out{kind, 0};
    const std::string digits(text.substr(word.size()));
    const char* end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, out.id);
    if (error == std::errc{} && stopped == end) {
      return out;
    }
  }
  return std::nullopt;
}

std::string to_string(const EntryId& entry) {
  const auto& [branch, incarnation] = entry.origin;
  return incarnation == Incarnation{1}
             ? fmt::format("{}.{}", branch.value, entry.sequence.value)
             : fmt::format("{}'{}.{}", branch.value, incarnation.value, entry.sequence.value);
}

}  // namespace passbook::trace
