// SPDX-License-Identifier: Apache-2.0
// Simulates one seed after another until a judge finds something: 1 when one has, and 0 when none
// did. Linked with a file of the product that has a bug in it, it shows whether the bug is found.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lab/sim/setup.h"
#include "lab/sim/simulation.h"
#include "lab/sim/verdict.h"

namespace {

using passbook::history::Violation;

/// The invariants that are broken, each once, and the first way in which one is.
Violation in_short(const std::vector<Violation>& violations) {
  Violation out = violations.front();
  std::set<std::string> named{out.invariant};
  for (const Violation& violation : violations) {
    if (named.insert(violation.invariant).second) {
      out.invariant += "+" + violation.invariant;
    }
  }
  return out;
}

/// Nothing when the seed passed. What no judge is asked for, since the code threw, is "exception".
std::optional<Violation> violation_in(std::uint64_t seed, const passbook::sim::Chosen& chosen) {
  try {
    const auto result = passbook::sim::simulate(passbook::sim::setup_of(seed, chosen));
    return result.passed() ? std::nullopt : std::optional(in_short(result.violations));
  } catch (const std::exception& thrown) {
    return Violation{.invariant = "exception", .what = thrown.what(), .events = {}};
  }
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
  const bool whole = error == std::errc() && end == text.end();
  return whole ? std::optional(value) : std::nullopt;
}

/// Prints the judges, the seed, the number of seeds and the seconds that it took, and what was
/// found.
int search(const passbook::sim::Chosen& chosen, std::uint64_t first, std::uint64_t last,
           std::uint64_t most_seconds) {
  const auto began = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  std::uint64_t seed = first;
  for (; seed <= last && seconds() < static_cast<double>(most_seconds); ++seed) {
    if (const auto found = violation_in(seed, chosen)) {
      fmt::print("{} {} {} {:.1f} {}\n", found->invariant, seed, seed - first + 1, seconds(),
                 found->what);
      return 1;
    }
  }
  fmt::print("- - {} {:.1f} nothing was found\n", seed - first, seconds());
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const std::span arguments(words, static_cast<std::size_t>(count));
  const bool enough = count == 4 || count == 5;
  const auto first = enough ? number(arguments[1]) : std::nullopt;
  const auto last = enough ? number(arguments[2]) : std::nullopt;
  const auto seconds = enough ? number(arguments[3]) : std::nullopt;
  const auto faults = passbook::sim::parse_faults(count == 5 ? arguments[4] : "all");
  if (!first || !last || !seconds || !faults) {
    fmt::print(stderr, "usage: {} FIRST_SEED LAST_SEED MOST_SECONDS [FAULTS]\n", arguments[0]);
    return 2;
  }
  passbook::sim::catch_assertions();
  passbook::sim::Chosen chosen;
  chosen.faults = *faults;
  return search(chosen, *first, *last, *seconds);
}
