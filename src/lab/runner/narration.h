// SPDX-License-Identifier: Apache-2.0
// The story of a bank in sentences: what each branch received, accepted, passed on and confirmed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "branch/step.h"

namespace passbook {

/// Some lines about one event at a branch, and the request that it belongs to.
struct Narrated {
  std::optional<RequestId> request;
  std::vector<std::string> lines;
};

Narrated narrate(BranchId at, const Observation& observation);

/// One JSON line, and back.
std::string write_line(const Narrated& narrated);
std::optional<Narrated> read_narrated_line(const std::string& line);

}  // namespace passbook
