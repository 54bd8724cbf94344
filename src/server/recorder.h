// SPDX-License-Identifier: Apache-2.0
// The interface to a recorder of everything that a branch process does.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "branch/state.h"
#include "branch/step.h"

namespace passbook {

/// Hears of everything before it has consequences. Tools observe the product here, which knows
/// nothing of them. Each call returns whether the event was recorded. If it was not, nothing may
/// follow from it: a record with holes must not pass for a complete one.
class Recorder {
 public:
  virtual ~Recorder() = default;

  /// Whether to observe the messages to and from peers, too.
  virtual bool wants_messages() const = 0;

  /// The branch has lost its disk. Call before anyone is asked to give up the contents.
  [[nodiscard]] virtual bool disk_lost() = 0;
  /// The process begins, with the state and the number of records that it has kept.
  [[nodiscard]] virtual bool begin(const State& kept, std::uint64_t records) = 0;
  /// Call before any effect of the step leaves the process.
  [[nodiscard]] virtual bool step(const std::vector<Observation>& observations,
                                  const std::vector<Record>& persist) = 0;
  /// The first `records` records of the journal are durable. Call before anything that waited for
  /// them leaves the process.
  [[nodiscard]] virtual bool durable(std::uint64_t records) = 0;
  /// The process ends: because it can't go on, if there is a reason; otherwise because it was asked
  /// to, with the state that it has.
  [[nodiscard]] virtual bool end(const Ledger& ledger,
                                 const std::optional<std::string>& broken) = 0;

  /// Why it failed; empty if it did not.
  virtual std::string failure() const = 0;
};

/// Opens a recorder when its branch begins to serve. The error names the file.
using OpenRecorder = std::function<std::expected<std::unique_ptr<Recorder>, std::string>()>;

}  // namespace passbook
