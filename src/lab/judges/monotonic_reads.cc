// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/sessions.h"

namespace passbook::history {

Verdict judge_monotonic_reads(const Timeline& timeline, const Bounds& /*bounds*/) {
  return judge_queries(timeline, {"monotonic-reads", Past::seen, &Wanted::monotonic_reads});
}

}  // namespace passbook::history
