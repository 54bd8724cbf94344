// SPDX-License-Identifier: Apache-2.0
// The codec of progress reports, which are most of the messages in large banks.
#pragma once

#include <optional>

#include "passbook/v1/replication.pb.h"
#include "protocol/peer_messages.h"

namespace passbook::wire {

/// Writes each reporter and each position once. Usually many branches report one position, or one
/// branch reports many.
void put_progress(const Progress& progress, v1::Progress& out);

/// Nothing if no encoder can have made the message: its columns have different lengths, a report
/// refers to an unlisted reporter or position, or there are more reports than a message holds.
std::optional<Progress> get_progress(const v1::Progress& in);

}  // namespace passbook::wire
