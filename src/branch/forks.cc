// SPDX-License-Identifier: Apache-2.0
#include "branch/forks.h"

#include <fmt/format.h>

namespace passbook {

void Forks::settle(BranchId branch, Incarnation below) {
  std::erase_if(forks_, [&](const auto& fork) {
    return fork.first.branch == branch && fork.first.incarnation < below;
  });
}

void Forks::withdraw(BranchId by) {
  std::erase_if(forks_, [&](const auto& fork) { return fork.second.by == by; });
}

std::string describe(const Fork& fork) {
  const Origin origin = fork.here.end.origin;
  return fmt::format(
      "FORK: there are two histories of branch {} (incarnation {}): here its entry {} ends a block "
      "with digest {}, at branch {} entry {} one with digest {}",
      origin.branch.value, origin.incarnation.value, fork.here.end.sequence.value,
      to_string(fork.here.tag), fork.by.value, fork.there.end.sequence.value,
      to_string(fork.there.tag));
}

}  // namespace passbook
