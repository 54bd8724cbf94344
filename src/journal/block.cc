// SPDX-License-Identifier: Apache-2.0
#include "journal/block.h"

#include "passbook/v1/replication.pb.h"
#include "wire/parts.h"

namespace passbook {

std::string encode_block(const std::vector<Entry>& records) {
  v1::Entries block;
  block.mutable_entries()->Reserve(static_cast<int>(records.size()));
  for (const Entry& record : records) {
    wire::put(record, *block.add_entries());
  }
  return block.SerializeAsString();
}

std::optional<std::vector<Entry>> decode_block(std::string_view bytes) {
  v1::Entries block;
  if (!block.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return std::nullopt;
  }
  std::vector<Entry> out;
  out.reserve(static_cast<std::size_t>(block.entries_size()));
  for (const v1::Entry& message : block.entries()) {
    auto entry = wire::get(message);
    if (!entry) {
      return std::nullopt;
    }
    out.push_back(std::move(*entry));
  }
  return out;
}

}  // namespace passbook
