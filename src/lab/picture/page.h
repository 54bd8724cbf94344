// SPDX-License-Identifier: Apache-2.0
// A trace as one HTML page to look at and move about in.
#pragma once

#include <string>

#include "lab/trace/trace.h"

namespace passbook::picture {

struct PageOptions {
  std::string title = "Passbook trace";  ///< UTF-8: what the page is of
};

/// The page: whole in itself, and not able to load anything. UTF-8.
std::string html_page(const trace::Trace& trace, const PageOptions& options);

}  // namespace passbook::picture
