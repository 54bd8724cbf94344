// SPDX-License-Identifier: Apache-2.0
// One customer process: lines in, calls to branches, answer lines out.
#pragma once

#include <cstdio>
#include <iosfwd>

#include "customer/customer.h"
#include "lab/runner/customer_recorder.h"
#include "lab/runner/lines.h"

namespace passbook {

/// Reads customer lines from `in` until its end and writes an answer line for each event to
/// `out`, one after another. Branch addresses come with `addresses` or, if that is
/// empty, in a line, which is answered by {"ready":true} when the branches to be visited are
/// connected. Returns 0, 1 when an event ended in anything but success or INSUFFICIENT_FUNDS, or 2
/// when a line could not be read: it is named on stderr, and nothing after it is performed.
///
/// When what it does can't be recorded nothing more is performed, and 1 is returned.
int run_customer(const CustomerOptions& options, const Addresses& addresses, std::istream& in,
                 std::FILE* out, CustomerRecorder& recorder);

}  // namespace passbook
