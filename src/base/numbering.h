// SPDX-License-Identifier: Apache-2.0
// Numbers the distinct ones of many values.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

namespace passbook {

/// Distinct values, numbered from 0 in order of first appearance.
template <class T>
class Numbering {
 public:
  std::size_t number(const T& value) {
    const auto [at, added] = numbers_.try_emplace(value, values_.size());
    if (added) {
      values_.push_back(value);
    }
    return at->second;
  }
  const std::vector<T>& values() const { return values_; }

 private:
  std::map<T, std::size_t> numbers_;
  std::vector<T> values_;
};

}  // namespace passbook
