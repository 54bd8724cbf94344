// SPDX-License-Identifier: Apache-2.0
// The trace of a simulation as a file.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "app/result_file.h"
#include "lab/trace/trace.h"

namespace passbook {

struct Bank;

/// Opens the file for a trace, if one is wanted.
std::expected<std::optional<ResultFile>, std::string> prepare_trace(
    const std::optional<std::string>& path);

/// Writes the trace of a bank from its events in order of time.
std::expected<void, std::string> commit_trace(ResultFile& file, const Bank& bank,
                                              const std::vector<trace::Event>& events);

}  // namespace passbook
