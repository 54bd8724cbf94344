// SPDX-License-Identifier: Apache-2.0
#include "rpc/grpc_log.h"

#include <grpc/support/log.h>

#include <cstdlib>

namespace passbook {

void silence_grpc_log() {
  if (std::getenv("GRPC_VERBOSITY") == nullptr) {
    gpr_set_log_function([](gpr_log_func_args*) {});
  }
}

}  // namespace passbook
