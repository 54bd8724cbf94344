// SPDX-License-Identifier: Apache-2.0
#include "ledger/block_builder.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "ledger/block_layout.h"

namespace passbook {
namespace {

layout::Header header_of(const BlockHead& head, const BlockParts& parts) {
  return {.entries = static_cast<std::uint32_t>(parts.entries),
          .branch = head.origin.branch.value,
          .incarnation = head.origin.incarnation.value,
          .process_counter = head.process.counter,
          .process_nonce = head.process.nonce,
          .first = head.first.value,
          .stamp = head.stamp.value,
          .dependencies = static_cast<std::uint32_t>(parts.dependencies),
          .requests = static_cast<std::uint32_t>(parts.requests),
          .previous = head.previous.bytes};
}

layout::Dependency dependency_of(const TaggedPosition& position) {
  return {.branch = position.end.origin.branch.value,
          .incarnation = position.end.origin.incarnation.value,
          .sequence = position.end.sequence.value,
          .tag = position.tag.value};
}

layout::Request request_of(const RequestId& id) {
  return {.branch = id.origin.branch.value,
          .customer = id.client.customer.value,
          .session = id.client.session,
          .number = id.number};
}

layout::Kind kind_of(const Deposit&) { return layout::Kind::deposit; }
layout::Kind kind_of(const Withdrawal&) { return layout::Kind::withdrawal; }
layout::Kind kind_of(const Grant&) { return layout::Kind::grant; }
layout::Kind kind_of(const Release&) { return layout::Kind::release; }

std::uint64_t other_of(const Deposit&) { return 0; }
std::uint64_t other_of(const Withdrawal&) { return 0; }
std::uint64_t other_of(const Grant& grant) { return layout::pack(grant.to); }
std::uint64_t other_of(const Release& release) { return layout::pack(release.from); }

layout::Row row_of(const EntryDraft& entry) {
  return std::visit(
      [&](const auto& change) -> layout::Row {
        return {.kind = kind_of(change),
                .stamp_offset = entry.stamp_offset,
                .account = change.account.value,
                .amount = static_cast<std::uint64_t>(change.amount.minor),
                .other = other_of(change)};
      },
      entry.change);
}

}  // namespace

BlockBuilder::BlockBuilder(BlockHead head) : head_(std::move(head)) {
  PASSBOOK_CHECK(fits(BlockParts{}), "a block holds its dependencies");
}

BlockParts BlockBuilder::parts() const {
  return {.entries = entries_.size() / sizeof(layout::Row),
          .requests = requests_.size() / sizeof(layout::Request),
          .dependencies = head_.dependencies.size()};
}

bool BlockBuilder::fits(const BlockParts& more) const {
  const BlockParts now = parts();
  return block_size({.entries = now.entries + more.entries,
                     .requests = now.requests + more.requests,
                     .dependencies = now.dependencies + more.dependencies}) <= kMaxBlockBytes;
}

bool BlockBuilder::fits(const EntryDraft& entry) const {
  return fits({.entries = 1, .requests = entry.request ? std::size_t{1} : 0});
}

void BlockBuilder::add(const EntryDraft& entry) {
  PASSBOOK_CHECK(fits(entry), "only an entry that fits is added to a block");
  layout::Row row = row_of(entry);
  if (entry.request) {
    PASSBOOK_CHECK(entry.request->origin == head_.origin, "a branch accepts its own writes only");
    layout::append(requests_, request_of(*entry.request));
    row.request = static_cast<std::uint32_t>(parts().requests);
  }
  layout::append(entries_, row);
}

void BlockBuilder::depend_on(const TaggedPosition& position) {
  const auto found =
      std::ranges::lower_bound(head_.dependencies, position.end.origin, {},
                               [](const TaggedPosition& known) { return known.end.origin; });
  if (found == head_.dependencies.end() || found->end.origin != position.end.origin) {
    PASSBOOK_CHECK(fits({.dependencies = 1}), "only a dependency that fits is added to a block");
    head_.dependencies.insert(found, position);
    return;
  }
  PASSBOOK_CHECK(found->end.sequence != position.end.sequence || found->tag == position.tag,
                 "a branch has applied one history of each origin");
  *found = std::max(*found, position);
}

EntryId BlockBuilder::next() const {
  return {head_.origin, Sequence{head_.first.value + parts().entries}};
}

Block BlockBuilder::finish() && {
  std::string bytes;
  bytes.reserve(this->bytes());
  layout::append(bytes, header_of(head_, parts()));
  for (const TaggedPosition& position : head_.dependencies) {
    layout::append(bytes, dependency_of(position));
  }
  bytes += entries_;
  bytes += requests_;
  auto block = Block::parse(std::move(bytes));
  PASSBOOK_CHECK(block, describe(block.error()));
  return *std::move(block);
}

}  // namespace passbook
