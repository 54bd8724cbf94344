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
    Judge{"one-history", judge_one_history},
    Judge{"acknowledged-stays", judge_acknowledged_stays},
    Judge{"exactly-once", judge_exactly_once},
    Judge{"read-your-writes", judge_read_your_writes, Premise::one_history},
    Judge{"monotonic-writes", judge_monotonic_writes, Premise::one_history},
    Judge{"monotonic-reads", judge_monotonic_reads, Premise::one_history},
    Judge{"writes-follow-reads", judge_writes_follow_reads, Premise::one_history},
    Judge{"causal-delivery", judge_causal_delivery},
    Judge{"convergence", judge_convergence, Premise::one_history},
    Judge{"no-false-refusal", judge_no_false_refusal, Premise::one_process},
    Judge{"deadlines", judge_deadlines},
    Judge{"escrow-sums", judge_escrow_sums},
    Judge{"service-resumes", judge_service_resumes, Premise::one_history},
    Judge{"availability", judge_availability, Premise::one_process},
    Judge{"gathered-returns", judge_gathered_returns, Premise::one_process},
    Judge{"dependencies", judge_dependencies, Premise::one_process},
    Judge{"evidence", judge_evidence},
    Judge{"effort", judge_effort, Premise::one_history},
};

bool holds(Premise premise, const Timeline& timeline) {
  switch (premise) {
    case Premise::none:
      return true;
    case Premise::one_history:
      return !timeline.has_forks();
    case Premise::one_process:
      return !timeline.has_forks() && !timeline.has_twins();
  }
  return true;
}

}  // namespace

std::span<const Judge> all_judges() { return kJudges; }

std::vector<Violation> judge(const History& history, const Bounds& bounds) {
  const Timeline timeline(history);
  std::vector<Violation> found;
  for (const Judge& judge : kJudges) {
    if (holds(judge.premise, timeline)) {
      std::ranges::move(judge.judge(timeline, bounds), std::back_inserter(found));
    }
  }
  return found;
}

}  // namespace passbook::history
