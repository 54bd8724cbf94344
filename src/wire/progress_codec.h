// SPDX-License-Identifier: Apache-2.0
// Reports of how far branches are, as bytes: most messages between many branches are these.
#pragma once

#include <optional>

#include "passbook/v1/replication.pb.h"
#include "protocol/peer_messages.h"

namespace passbook::wire {

/// Each reporter and each position stands there once: mostly many branches report one position, or
/// one reports many.
void put_progress(const Progress& progress, v1::Progress& out);

/// Nothing when it is no message that an encoder makes: columns of different lengths, a report of
/// none that is listed, or more reports than a message holds.
std::optional<Progress> get_progress(const v1::Progress& in);

}  // namespace passbook::wire
