// SPDX-License-Identifier: Apache-2.0
// Finds the pieces of a file that are its output. A file may hold it in parts, or more than once.
#pragma once

#include <expected>
#include <vector>

#include "lab/scenario/scenario.h"
#include "lab/scenario/transcript.h"

namespace passbook {

/// Merges the pieces. They are the parts of one output unless that gives some customer more
/// answers than it has events. In that case they may be
/// - states of an output that grew, each an extension of the one before: the last counts;
/// - one output, repeated: it counts once. This doesn't include one array that holds everything
///   twice;
/// - objects of a customer that grew, each longer than the one before: the last counts.
/// The transcript gets a note on the choice. The error is an ambiguous file: two complete outputs
/// that differ, or growth in a file that has one object per listing.
std::expected<std::vector<FoundObject>, FormFault> merge_pieces(Transcript& transcript,
                                                                const Scenario& scenario);

}  // namespace passbook
