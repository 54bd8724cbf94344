// SPDX-License-Identifier: Apache-2.0
#include "causal/passbook.h"

namespace passbook {

Passbook needed_to_read(const Passbook& passbook, Guarantees guarantees) {
  Passbook needed;
  if (guarantees.read_your_writes) {
    needed.writes = passbook.writes;
  }
  if (guarantees.monotonic_reads) {
    needed.reads = passbook.reads;
  }
  return needed;
}

Passbook needed_to_write(const Passbook& passbook, Guarantees guarantees) {
  Passbook needed;
  if (guarantees.monotonic_writes) {
    needed.writes = passbook.writes;
  }
  if (guarantees.writes_follow_reads) {
    needed.reads = passbook.reads;
  }
  return needed;
}

}  // namespace passbook
