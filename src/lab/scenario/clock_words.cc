// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/clock_words.h"

#include <algorithm>
#include <array>
#include <vector>

#include "lab/scenario/answer_words.h"

namespace passbook {
namespace {

using clocks::Direction;
using clocks::ProcessKind;

constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::array kAsked = {clocks::Interface::query, clocks::Interface::deposit,
                               clocks::Interface::withdraw};

std::string plain(std::string_view key) {
  std::string out = lower_case(std::string(key));
  std::erase_if(out, [](char c) { return c == '-' || c == '_'; });
  return out;
}

std::vector<std::string> words_of(std::string_view comment) {
  std::vector<std::string> words;
  std::size_t at = comment.find_first_not_of(kSpaces);
  while (at != std::string_view::npos) {
    const std::size_t end = std::min(comment.find_first_of(kSpaces, at), comment.size());
    words.push_back(lower_case(std::string(comment.substr(at, end - at))));
    at = comment.find_first_not_of(kSpaces, end);
  }
  return words;
}

std::optional<Direction> direction_named(std::string_view what, std::string_view preposition) {
  if (what == "event_sent" && preposition == "to") {
    return Direction::sent_to;
  }
  if (preposition != "from") {
    return std::nullopt;
  }
  if (what == "event_sent") {
    return Direction::sent_from;
  }
  return what == "event_recv" ? std::optional(Direction::received_from) : std::nullopt;
}

/// Accepts the two words in either order, joined by "_".
std::optional<NamedInterface> propagation_named(std::string_view word) {
  const std::size_t join = word.find('_');
  if (join == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view first = word.substr(0, join);
  const std::string_view second = word.substr(join + 1);
  for (const auto& [propagation, spelling] :
       {std::pair{"propogate", Spelling::published}, std::pair{"propagate", Spelling::english}}) {
    for (const bool swapped : {false, true}) {
      if ((swapped ? second : first) != propagation) {
        continue;
      }
      const std::string_view what = swapped ? first : second;
      if (what == "deposit" || what == "withdraw") {
        return NamedInterface{what == "deposit" ? clocks::Interface::propagate_deposit
                                                : clocks::Interface::propagate_withdraw,
                              swapped ? Spelling::swapped : spelling};
      }
    }
  }
  return std::nullopt;
}

}  // namespace

const JsonMember* find_ignoring_spelling(const JsonObject& object, std::string_view key) {
  if (const auto* exact = object.find(key)) {
    return exact;
  }
  const std::string wanted = plain(key);
  const auto found = std::ranges::find_if(
      object.members, [&](const JsonMember& member) { return plain(member.key) == wanted; });
  return found == object.members.end() ? nullptr : &*found;
}

std::optional<ProcessKind> kind_named(std::string_view word) {
  if (word == "customer" || word == "client") {
    return ProcessKind::customer;
  }
  return word == "branch" || word == "bank" ? std::optional(ProcessKind::branch) : std::nullopt;
}

std::optional<NamedInterface> interface_named(std::string_view word) {
  for (const auto interface : kAsked) {
    if (clocks::to_string(interface) == word) {
      return NamedInterface{interface, Spelling::plain};
    }
  }
  return propagation_named(word);
}

std::optional<Comment> parse_comment(std::string_view text) {
  const std::vector<std::string> words = words_of(text);
  if (words.size() != 4) {
    return std::nullopt;
  }
  const auto direction = direction_named(words[0], words[1]);
  const auto kind = kind_named(words[2]);
  const auto id = parse_positive_integer(words[3]);
  return direction && kind && id ? std::optional(Comment{*direction, {*kind, *id}}) : std::nullopt;
}

std::optional<NamedStep> step_named(std::string_view word) {
  for (const auto interface : kAsked) {
    const std::string prefix = std::string(clocks::to_string(interface)) + "_";
    if (!word.starts_with(prefix)) {
      continue;
    }
    std::string rest(word.substr(prefix.size()));
    for (const std::string_view other : {"propogate_", "broadcast_"}) {
      rest = rest.starts_with(other) ? "propagate_" + rest.substr(other.size()) : rest;
    }
    for (const auto step : clocks::kSteps) {
      if (clocks::to_string(step) == rest) {
        return NamedStep{interface, step};
      }
    }
  }
  return std::nullopt;
}

}  // namespace passbook
