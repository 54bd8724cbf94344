// SPDX-License-Identifier: Apache-2.0
// A hash of a history.
#pragma once

#include <cstdint>

#include "lab/judges/history.h"

namespace passbook::sim {

/// 64 bits over everything in a history, in order. Different histories have different hashes,
/// barring bad luck. The same on every machine.
std::uint64_t fingerprint(const history::History& history);

}  // namespace passbook::sim
