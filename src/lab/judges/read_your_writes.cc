// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/sessions.h"

namespace passbook::history {

Verdict judge_read_your_writes(const Timeline& timeline, const Bounds& /*bounds*/) {
  return judge_queries(timeline, {"read-your-writes", Past::own_writes, &Wanted::read_your_writes});
}

}  // namespace passbook::history
