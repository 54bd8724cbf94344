// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/sessions.h"

namespace passbook::history {

Verdict judge_monotonic_writes(const Timeline& timeline, const Bounds& /*bounds*/) {
  return judge_writes(timeline, {"monotonic-writes", Past::own_writes, &Wanted::monotonic_writes});
}

}  // namespace passbook::history
