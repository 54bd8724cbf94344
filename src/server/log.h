// SPDX-License-Identifier: Apache-2.0
// The process log for operators: lines on stderr, each with its time.
#pragma once

#include <string_view>

namespace passbook {

/// `name` stands at the start of every line: "branch 2".
void start_log(std::string_view name);

void log_info(std::string_view message);
void log_warning(std::string_view message);
void log_error(std::string_view message);

}  // namespace passbook
