// SPDX-License-Identifier: Apache-2.0
// The common part of the four session guarantees: what clients know, and whether the branches that
// serve them know it, too.
#pragma once

#include <cstdint>
#include <string_view>

#include "lab/judges/invariants.h"

namespace passbook::history {

/// The part of a client's past that a guarantee covers.
enum class Past : std::uint8_t {
  own_writes,  ///< its acknowledged writes
  seen,        ///< everything in the lists that its answers showed
};

/// A guarantee: for queries, or for writes, the client's past must be present.
struct Guarantee {
  std::string_view name;
  Past past = Past::own_writes;
  bool Wanted::* wanted = nullptr;
};

/// Judges whether queries are answered from lists that hold the client's past.
Verdict judge_queries(const Timeline& timeline, const Guarantee& guarantee);

/// Judges whether every replica applies writes only after the client's past.
Verdict judge_writes(const Timeline& timeline, const Guarantee& guarantee);

}  // namespace passbook::history
