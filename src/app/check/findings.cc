// SPDX-License-Identifier: Apache-2.0
#include "app/check/findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/print.h"
#include "base/plural.h"
#include "lab/scenario/sequential_check.h"

namespace passbook {

void print_findings(const std::vector<std::string>& findings, bool all) {
  const std::size_t shown = all ? findings.size() : std::min(findings.size(), kMostFindings);
  for (std::size_t i = 0; i < shown; ++i) {
    put("  {}\n", findings[i]);
  }
  if (shown < findings.size()) {
    put("  and {} (--all prints all)\n", plural(findings.size() - shown, "more finding"));
  }
}

}  // namespace passbook
