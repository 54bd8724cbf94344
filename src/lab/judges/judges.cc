// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/judges.h"

#include <array>
#include <iterator>

#include "lab/judges/invariants.h"

namespace passbook::history {
namespace {

constexpr std::array kJudges{
    Judge{"conservation", judge_conservation},
    Judge{"no-overdraft", judge_no_overdraft},
    Judge{"acknowledged-stays", judge_acknowledged_stays},
    Judge{"exactly-once", judge_exactly_once},
    Judge{"read-your-writes", judge_read_your_writes},
    Judge{"monotonic-writes", judge_monotonic_writes},
    Judge{"monotonic-reads", judge_monotonic_reads},
    Judge{"writes-follow-reads", judge_writes_follow_reads},
    Judge{"causal-delivery", judge_causal_delivery},
    Judge{"convergence", judge_convergence},
    Judge{"no-false-refusal", judge_no_false_refusal},
    Judge{"deadlines", judge_deadlines},
    Judge{"escrow-sums", judge_escrow_sums},
    Judge{"service-resumes", judge_service_resumes},
};

}  // namespace

std::span<const Judge> all_judges() { return kJudges; }

std::vector<Violation> judge(const History& history, const Bounds& bounds) {
  const Timeline timeline(history);
  std::vector<Violation> found;
  for (const Judge& judge : kJudges) {
    std::ranges::move(judge.judge(timeline, bounds), std::back_inserter(found));
  }
  return found;
}

}  // namespace passbook::history
