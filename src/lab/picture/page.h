// SPDX-License-Identifier: Apache-2.0
// A trace as one interactive HTML page.
#pragma once

#include <string>

#include "lab/trace/trace.h"

namespace passbook::picture {

struct PageOptions {
  std::string title = "Passbook trace";  ///< UTF-8
};

/// The page, in UTF-8. It is self-contained and can't load anything.
std::string html_page(const trace::Trace& trace, const PageOptions& options);

}  // namespace passbook::picture
