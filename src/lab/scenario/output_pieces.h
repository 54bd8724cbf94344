// SPDX-License-Identifier: Apache-2.0
// Which pieces of a file are its output: a file may hold it in parts, or more than once.
#pragma once

#include <expected>
#include <vector>

#include "lab/scenario/scenario.h"
#include "lab/scenario/transcript.h"

namespace passbook {

/// Puts the pieces together. They are the parts of one output unless that gives some customer more
/// answers than it has events. Then they may be
/// - states of an output that grew, each with all that the one before had: the last counts;
/// - one output, written again and again: it counts once. One array that says everything twice is
///   not that;
/// - objects of a customer that grew, each with all that the one before had and more.
/// What was done is noted in the transcript. The error is what can't be told apart: two complete
/// outputs that differ, or growth where there is also an object a listing.
std::expected<std::vector<FoundObject>, FormFault> put_together(Transcript& transcript,
                                                                const Scenario& scenario);

}  // namespace passbook
