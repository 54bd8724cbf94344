// SPDX-License-Identifier: Apache-2.0
// What clients know, and whether branches that serve them know it too: what the four session
// guarantees have in common.
#pragma once

#include <cstdint>
#include <string_view>

#include "lab/judges/invariants.h"

namespace passbook::history {

/// Which part of a client's past a guarantee speaks of.
enum class Past : std::uint8_t {
  own_writes,  ///< those that were acknowledged
  seen,        ///< whatever was in the lists that its answers showed
};

/// A guarantee: at queries, or at writes, the client's past must be there.
struct Guarantee {
  std::string_view name;
  Past past = Past::own_writes;
  bool Wanted::* wanted = nullptr;
};

/// Whether queries are answered from lists that hold the client's past.
Verdict judge_queries(const Timeline& timeline, const Guarantee& guarantee);

/// Whether writes are applied, at every replica, only where the client's past is.
Verdict judge_writes(const Timeline& timeline, const Guarantee& guarantee);

}  // namespace passbook::history
