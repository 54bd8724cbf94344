// SPDX-License-Identifier: Apache-2.0
// Remarks on a file: each kind once, with its first place and the number of places.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "lab/scenario/source_text.h"

namespace passbook {

struct Remark {
  std::string what;
  std::size_t offset = 0;  ///< of the first place
  std::size_t count = 0;
};

/// Remarks in the order in which their kinds were first added.
class Remarks {
 public:
  /// Adds `count` places, the first of them at `offset`.
  void add(const std::string& what, std::size_t offset, std::size_t count = 1);

  const std::vector<Remark>& all() const { return remarks_; }

  /// "FILE:LINE:COLUMN: WHAT", and "(N places)" when there are several.
  std::vector<std::string> lines(const SourceText& source) const;

 private:
  std::vector<Remark> remarks_;
  std::map<std::string, std::size_t> index_;
};

}  // namespace passbook
