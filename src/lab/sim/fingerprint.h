// SPDX-License-Identifier: Apache-2.0
// A number that two histories share only when they are the same.
#pragma once

#include <cstdint>

#include "lab/judges/history.h"

namespace passbook::sim {

/// 64 bits over everything that a history holds, in order. Two that differ have, but for bad luck,
/// different ones; the same on every machine.
std::uint64_t fingerprint(const history::History& history);

}  // namespace passbook::sim
