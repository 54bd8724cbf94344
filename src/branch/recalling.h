// SPDX-License-Identifier: Apache-2.0
// Builds the data that a starting branch gets from a journal that keeps all its snapshots.
#pragma once

#include <vector>

#include "protocol/records.h"

namespace passbook {

/// Merges the newest snapshot with the earlier ones that it builds on. At least one is required.
Snapshot newest_of(const std::vector<Snapshot>& snapshots);

/// The merged snapshot, if there is one, and the records after it.
/// `snapshots` are all that were made of the first of these records, in order.
Recall recall_from(const std::vector<Snapshot>& snapshots, const std::vector<Record>& records);

}  // namespace passbook
