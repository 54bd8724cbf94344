// SPDX-License-Identifier: Apache-2.0
#include "lab/scenario/remarks.h"

namespace passbook {

void Remarks::add(const std::string& what, std::size_t offset, std::size_t count) {
  const auto [entry, is_new] = index_.try_emplace(what, remarks_.size());
  if (is_new) {
    remarks_.push_back({what, offset, 0});
  }
  remarks_[entry->second].count += count;
}

std::vector<std::string> Remarks::lines(const SourceText& source) const {
  std::vector<std::string> lines;
  for (const Remark& remark : remarks_) {
    lines.push_back(fmt::format("{}: {}", source.name_place(remark.offset), remark.what));
    if (remark.count > 1) {
      lines.back() += fmt::format(" ({} places)", remark.count);
    }
  }
  return lines;
}

}  // namespace passbook
