// SPDX-License-Identifier: Apache-2.0
// Causal delivery: entries wait here until what they depend on has been applied.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "branch/seals.h"
#include "causal/version_vector.h"
#include "ledger/entry.h"

namespace passbook {

/// Holds entries of other origins that can't be applied yet. Each comes out once, in its origin's
/// order, after its dependencies.
class CausalBuffer {
 public:
  enum class Took : std::uint8_t { fresh, duplicate, gap };

  /// Takes an entry in. `applied` is how far the replica is. A gap means that the sender broke
  /// the rule that each origin's entries come in order; the entry is not taken.
  Took offer(Entry entry, const VersionVector& applied);

  /// The next entry whose dependencies `applied` covers and that no seal forbids; it is no longer
  /// held.
  std::optional<Entry> next(const VersionVector& applied, const Seals& seals);

  /// Drops what is surely gone from the books.
  void drop_lost(const Seals& seals);
  /// Forgets what waits of an origin that says that its log ends there. True when anything did.
  bool drop_beyond(EntryId end);
  /// Drops all that is held of an origin.
  void drop(Origin origin) { waiting_.erase(origin); }

  bool empty() const { return waiting_.empty(); }

 private:
  template <class Gone>
  bool drop_last(Gone gone);

  std::map<Origin, std::deque<Entry>> waiting_;  ///< no deque is empty
};

}  // namespace passbook
