// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/verdict.h"

#include <fmt/format.h>

#include <stdexcept>

#include "base/check.h"
#include "lab/judges/judges.h"
#include "lab/sim/fingerprint.h"

namespace passbook::sim {
namespace {

struct BrokenAssertion : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] void throw_assertion(const char* file, int line, const char* condition,
                                  std::string_view message) {
  throw BrokenAssertion(fmt::format("{}:{}: {}: {}", file, line, condition, message));
}

}  // namespace

void catch_assertions() { on_check_failed(throw_assertion); }

Result verdict(std::uint64_t seed, World& world, const std::function<history::Bounds()>& play) {
  Result out;
  out.seed = seed;
  try {
    const history::Bounds bounds = play();
    out.violations = history::judge(world.history, bounds);
  } catch (const BrokenAssertion& broken) {
    const std::size_t last = world.history.events.empty() ? 0 : world.history.events.size() - 1;
    out.violations.push_back({.invariant = "assertion", .what = broken.what(), .events = {last}});
  }
  out.hash = fingerprint(world.history);
  out.events = world.events;
  out.simulated = world.now - Instant{};
  out.coverage = std::move(world.coverage);
  out.history = std::move(world.history);
  out.trace = std::move(world.trace);
  for (const history::Event& event : out.history.events) {
    out.calls += std::holds_alternative<history::Invoked>(event.what) ? 1 : 0;
  }
  return out;
}

}  // namespace passbook::sim
