// SPDX-License-Identifier: Apache-2.0
// `passbook check` with several scenarios: what each student handed in for each of them.
#pragma once

#include <vector>

#include "app/check/judge_output.h"
#include "app/check/output_files.h"

namespace passbook {

/// Judges and prints the matrix: a row a student, which is a folder within those of --output, and a
/// column a scenario. A file is for the scenario whose name, without its extension, is in the
/// file's name, else in its path within the student's folder; of two such names it is the longer
/// one. Points are the answers without a finding. Returns the exit status.
int check_matrix(const OutputWords& words, const std::vector<Choices>& scenarios,
                 const OutputFiles& files);

}  // namespace passbook
