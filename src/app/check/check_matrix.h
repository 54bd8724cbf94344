// SPDX-License-Identifier: Apache-2.0
// `passbook check` with several scenarios: judges each student's file for each of them.
#pragma once

#include <vector>

#include "app/check/judge_output.h"
#include "app/check/output_files.h"

namespace passbook {

/// Judges the files and prints a matrix: a row for each student and a column for each scenario.
/// Each folder within those of --output is a student. A file is for the scenario whose name,
/// without its extension, occurs in the file's name, else in its path within the student's folder;
/// the longest such name wins. Points are the answers without a finding. Returns the exit status.
int check_matrix(const OutputArguments& arguments, const std::vector<Choices>& scenarios,
                 const OutputFiles& files);

}  // namespace passbook
