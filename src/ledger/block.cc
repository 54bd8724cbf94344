// SPDX-License-Identifier: Apache-2.0
#include "ledger/block.h"

#include <utility>

#include "base/check.h"
#include "ledger/block_check.h"
#include "ledger/block_layout.h"

namespace passbook {
namespace {

std::vector<TaggedPosition> dependencies_of(const layout::Header& header, std::string_view bytes) {
  std::vector<TaggedPosition> out;
  out.reserve(header.dependencies);
  for (std::size_t i = 0; i < header.dependencies; ++i) {
    const auto read = layout::read<layout::Dependency>(bytes, block_size({.dependencies = i}));
    out.push_back(
        {.end = {{BranchId{read.branch}, Incarnation{read.incarnation}}, Sequence{read.sequence}},
         .tag = Tag{read.tag}});
  }
  return out;
}

BlockHead head_of(const layout::Header& header, std::string_view bytes) {
  return {.origin = {BranchId{header.branch}, Incarnation{header.incarnation}},
          .process = {header.process_counter, header.process_nonce},
          .first = Sequence{header.first},
          .stamp = Stamp{header.stamp},
          .dependencies = dependencies_of(header, bytes),
          .previous = {header.previous}};
}

RequestId request_of(const layout::Request& read, Origin origin) {
  return {origin, {CustomerId{read.customer}, read.session}, read.number};
}

Change change_of(const layout::Row& row) {
  const AccountId account{row.account};
  const Money amount{static_cast<std::int64_t>(row.amount)};
  switch (row.kind) {
    case layout::Kind::deposit:
      return Deposit{account, amount};
    case layout::Kind::withdrawal:
      return Withdrawal{account, amount};
    case layout::Kind::grant:
      return Grant{account, layout::unpack_origin(row.other), amount};
    case layout::Kind::release:
      break;
  }
  return Release{account, layout::unpack_origin(row.other), amount};
}

}  // namespace

std::expected<Block, BlockError> Block::parse(std::string bytes) {
  if (const auto problem = problem_of(bytes)) {
    return std::unexpected(*problem);
  }
  const auto header = layout::read<layout::Header>(bytes, 0);
  auto data = std::make_shared<Data>();
  data->head = head_of(header, bytes);
  data->digest = digest_of(bytes);
  data->size = header.entries;
  data->bytes = std::move(bytes);
  return Block(std::move(data));
}

TaggedPosition Block::end() const {
  return {.end = {origin(), Sequence{head().first.value + size() - 1}}, .tag = tag()};
}

Entry Block::entry(std::size_t index) const {
  PASSBOOK_CHECK(index < size(), "a block has no entry beyond its last");
  const BlockPlaces at = places({.entries = size(), .dependencies = head().dependencies.size()});
  const auto row = layout::read<layout::Row>(bytes(), at.entries + index * sizeof(layout::Row));
  Entry out{.id = {origin(), Sequence{head().first.value + index}},
            .stamp = Stamp{head().stamp.value + row.stamp_offset},
            .request = {},
            .change = change_of(row)};
  if (row.request != 0) {
    out.request =
        request_of(layout::read<layout::Request>(
                       bytes(), at.requests + (row.request - 1) * sizeof(layout::Request)),
                   origin());
  }
  return out;
}

std::string_view describe(BlockError error) {
  switch (error) {
    case BlockError::too_large:
      return "is too large";
    case BlockError::unknown_format:
      return "has an unknown format";
    case BlockError::wrong_size:
      return "has not the size that its header says";
    case BlockError::empty:
      return "has no entries";
    case BlockError::bad_origin:
      return "has no valid origin";
    case BlockError::bad_process:
      return "names no process";
    case BlockError::bad_sequence:
      return "has sequence numbers out of range";
    case BlockError::bad_previous:
      return "names a block before the first, or none before a later one";
    case BlockError::bad_dependencies:
      return "has invalid dependencies";
    case BlockError::bad_stamps:
      return "has stamps that fall or are out of range";
    case BlockError::bad_requests:
      return "has request ids that do not match its entries";
    case BlockError::unknown_kind:
      return "has a change of an unknown kind";
    case BlockError::bad_amount:
      return "has an amount that is not positive";
    case BlockError::bad_grant:
      return "has a grant to its own origin or to nobody";
    case BlockError::bad_release:
      return "releases rights that are not of an earlier incarnation";
    case BlockError::not_zero:
      return "has bytes that should be zero";
  }
  return "is invalid";
}

}  // namespace passbook
