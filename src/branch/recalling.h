// SPDX-License-Identifier: Apache-2.0
// What a journal that keeps all its snapshots gives back to a branch that starts.
#pragma once

#include <vector>

#include "protocol/records.h"

namespace passbook {

/// The newest of some snapshots with all of those before that it builds on. There is one at least.
Snapshot newest_of(const std::vector<Snapshot>& snapshots);

/// That, if there is one, and the records after it.
/// `snapshots` are all that were made, in their order, of the first of these records.
Recall recall_from(const std::vector<Snapshot>& snapshots, const std::vector<Record>& records);

}  // namespace passbook
