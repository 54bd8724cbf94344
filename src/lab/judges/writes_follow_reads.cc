// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/sessions.h"

namespace passbook::history {

Verdict judge_writes_follow_reads(const Timeline& timeline, const Bounds& /*bounds*/) {
  return judge_writes(timeline, {"writes-follow-reads", Past::seen, &Wanted::writes_follow_reads});
}

}  // namespace passbook::history
