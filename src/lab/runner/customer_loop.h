// SPDX-License-Identifier: Apache-2.0
// One customer process: it reads lines, calls branches, and writes answer lines.
#pragma once

#include <cstdio>
#include <iosfwd>

#include "customer/customer.h"
#include "lab/runner/customer_recorder.h"
#include "lab/runner/lines.h"

namespace passbook {

/// Reads customer lines from `in` until its end and writes an answer line for each event to `out`,
/// one after another. Branch addresses come from `addresses` or, if that is empty, from a line,
/// which is answered by {"ready":true} once the branches to be visited are connected. Returns 0; or
/// 1 if an event ended in anything but success or INSUFFICIENT_FUNDS; or 2 if a line could not be
/// read, which is named on stderr and ends the work.
///
/// If an event can't be recorded, nothing more is performed and 1 is returned.
int run_customer(const CustomerOptions& options, const Addresses& addresses, std::istream& in,
                 std::FILE* out, CustomerRecorder& recorder);

}  // namespace passbook
