// SPDX-License-Identifier: Apache-2.0
#include "branch/processes.h"

namespace passbook {

ProcessId Processes::register_or_refuse(Origin branch, ProcessId process, bool connected) {
  const auto [known, first] = registered_.try_emplace(branch.branch, branch, process);
  Registered& now = known->second;
  if (first || branch.incarnation > now.branch.incarnation) {
    now = {branch, process};
    return process;
  }
  const bool older = process.counter < now.process.counter;
  const bool twin = process.counter == now.process.counter && process.nonce != now.process.nonce;
  if (older || (twin && connected)) {
    return now.process;
  }
  now.process = process;
  return process;
}

}  // namespace passbook
