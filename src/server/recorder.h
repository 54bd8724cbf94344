// SPDX-License-Identifier: Apache-2.0
// Who writes down what a branch process does, when someone wants that.
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

/// Is told of everything before it has consequences. The seam at which tools look at the product,
/// which knows nothing of them. When something can't be written down nothing may follow from it: a
/// record with holes must not be taken for a whole one. Each call says whether it was written.
class Recorder {
 public:
  virtual ~Recorder() = default;

  /// Whether the messages to and from peers are to be observed too.
  virtual bool wants_messages() const = 0;

  /// The branch had a disk before this life, and has lost it. To be called before anyone is asked
  /// to give up what was on it.
  [[nodiscard]] virtual bool disk_lost() = 0;
  /// The process begins, with what it has kept: so many records in its journal.
  [[nodiscard]] virtual bool begin(const State& kept, std::uint64_t records) = 0;
  /// To be called before anything that follows from the step leaves the process.
  [[nodiscard]] virtual bool step(const std::vector<Observation>& observations,
                                  const std::vector<Record>& persist) = 0;
  /// The first so many records of the journal are durable. To be called before anything that
  /// waited for them leaves the process.
  [[nodiscard]] virtual bool durable(std::uint64_t records) = 0;
  /// The process ends: since it can't go on, if there is a reason; or since it was asked to, with
  /// what it has.
  [[nodiscard]] virtual bool end(const Ledger& ledger,
                                 const std::optional<std::string>& broken) = 0;

  /// Why it failed; empty when it did not.
  virtual std::string failure() const = 0;
};

/// Opens a recorder when its branch begins to serve. The error names the file.
using OpenRecorder = std::function<std::expected<std::unique_ptr<Recorder>, std::string>()>;

}  // namespace passbook
