// SPDX-License-Identifier: Apache-2.0
// Verdicts as text: JSON, CSV and columns.
#pragma once

#include <string>
#include <vector>

#include "app/check/judge_output.h"

namespace passbook {

/// One object, with the events.
std::string as_json(const Judged& judged);

std::string csv_field(const std::string& text);

/// The lines with their fields aligned in columns, two spaces apart.
std::string in_columns(const std::vector<std::vector<std::string>>& lines);

/// One line for each event: the request, the actual answer, the expected answer, and the points.
std::string events_as_table(const Judged& judged);
std::string events_as_csv(const Judged& judged);
inline constexpr const char* kEventsHeader = "file,customer,event,request,actual,expected,points\n";

}  // namespace passbook
