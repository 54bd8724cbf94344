// SPDX-License-Identifier: Apache-2.0
#include "causal/passbook.h"

namespace passbook {

VersionVector needed_to_read(const Passbook& passbook, Guarantees guarantees) {
  VersionVector needed;
  if (guarantees.read_your_writes) {
    needed.merge(passbook.writes);
  }
  if (guarantees.monotonic_reads) {
    needed.merge(passbook.reads);
  }
  return needed;
}

VersionVector needed_to_write(const Passbook& passbook, Guarantees guarantees) {
  VersionVector needed;
  if (guarantees.monotonic_writes) {
    needed.merge(passbook.writes);
  }
  if (guarantees.writes_follow_reads) {
    needed.merge(passbook.reads);
  }
  return needed;
}

}  // namespace passbook
