// SPDX-License-Identifier: Apache-2.0
#include "ledger/block_check.h"

#include "ledger/block_layout.h"

namespace passbook {
namespace {

using layout::Dependency;
using layout::Header;
using layout::Kind;
using layout::Request;
using layout::Row;
using Problem = std::optional<BlockError>;

static_assert(block_size({}) == sizeof(Header));
static_assert(block_size({.dependencies = 1}) == sizeof(Header) + sizeof(Dependency));
static_assert(block_size({.entries = 1}) == sizeof(Header) + sizeof(Row));
static_assert(block_size({.requests = 1}) == sizeof(Header) + sizeof(Request));

BlockParts parts_of(const Header& header) {
  return {
      .entries = header.entries, .requests = header.requests, .dependencies = header.dependencies};
}

/// In [1, kNumberLimit).
bool is_sequence(std::uint64_t number) { return number - 1 < kNumberLimit - 1; }

bool is_origin(Origin origin) {
  return origin.branch > BranchId{0} && origin.incarnation > Incarnation{0};
}

Origin origin_of(const Header& header) {
  return {BranchId{header.branch}, Incarnation{header.incarnation}};
}

Problem problem_of_size(std::string_view bytes) {
  if (bytes.size() > kMaxBlockBytes) {
    return BlockError::too_large;
  }
  if (bytes.size() < sizeof(Header)) {
    return BlockError::wrong_size;
  }
  const auto header = layout::read<Header>(bytes, 0);
  if (header.format != layout::kBlockFormat) {
    return BlockError::unknown_format;
  }
  // Three 32-bit counts can't overflow the sum.
  return block_size(parts_of(header)) == bytes.size() ? Problem{} : BlockError::wrong_size;
}

Problem problem_of(const Header& header) {
  if (header.entries == 0) {
    return BlockError::empty;
  }
  if (!is_origin(origin_of(header))) {
    return BlockError::bad_origin;
  }
  if (header.process_counter == 0) {
    return BlockError::bad_process;
  }
  if (!is_sequence(header.first) || !is_sequence(header.first + header.entries - 1)) {
    return BlockError::bad_sequence;
  }
  if ((header.first == 1) != (Digest{header.previous} == Digest{})) {
    return BlockError::bad_previous;
  }
  return (header.label_bytes | header.reserved) == 0 ? Problem{} : BlockError::not_zero;
}

Problem problem_of_dependencies(const Header& header, std::string_view bytes) {
  std::size_t at = places(parts_of(header)).dependencies;
  Origin before{BranchId{0}, Incarnation{0}};
  for (std::uint32_t i = 0; i < header.dependencies; ++i, at += sizeof(Dependency)) {
    const auto read = layout::read<Dependency>(bytes, at);
    const Origin origin{BranchId{read.branch}, Incarnation{read.incarnation}};
    if (!is_origin(origin) || origin <= before || origin == origin_of(header) ||
        !is_sequence(read.sequence)) {
      return BlockError::bad_dependencies;
    }
    before = origin;
  }
  return {};
}

/// Each request belongs to one row, in the order of rows, so its number is one more than the last.
Problem problem_of_requests(const Header& header, std::string_view bytes) {
  std::size_t at = places(parts_of(header)).requests;
  for (std::uint32_t i = 0; i < header.requests; ++i, at += sizeof(Request)) {
    const auto request = layout::read<Request>(bytes, at);
    if (request.branch != header.branch) {
      return BlockError::bad_requests;
    }
    if (request.incarnation != 0) {
      return BlockError::not_zero;
    }
  }
  return {};
}

Problem problem_of_change(const Row& row, Origin own) {
  const Origin other = layout::unpack_origin(row.other);
  switch (row.kind) {
    case Kind::deposit:
    case Kind::withdrawal:
      return row.other == 0 ? Problem{} : BlockError::not_zero;
    case Kind::grant:
      return is_origin(other) && other != own ? Problem{} : BlockError::bad_grant;
    case Kind::release:
      return is_origin(other) && other.branch == own.branch && other < own
                 ? Problem{}
                 : BlockError::bad_release;
  }
  return BlockError::unknown_kind;
}

Problem problem_of(const Row& row, Origin own) {
  if (const Problem problem = problem_of_change(row, own)) {
    return problem;
  }
  if (static_cast<std::int64_t>(row.amount) <= 0) {
    return BlockError::bad_amount;
  }
  const bool zero = (row.flags | row.reserved | row.part | row.code | row.asset | row.reference[0] |
                     row.reference[1]) == 0;
  return zero ? Problem{} : BlockError::not_zero;
}

/// The rules across rows: stamps and requests.
class RowOrder {
 public:
  explicit RowOrder(const Header& header) : stamp_(header.stamp) {}

  Problem next(const Row& row) {
    const bool rises = first_ ? row.stamp_offset == 0 : row.stamp_offset >= offset_;
    first_ = false;
    offset_ = row.stamp_offset;
    if (!rises || stamp_ + offset_ >= kNumberLimit) {
      return BlockError::bad_stamps;
    }
    if (row.request == 0) {
      return {};
    }
    return row.request == ++requests_ ? Problem{} : BlockError::bad_requests;
  }

  std::uint32_t requests() const { return requests_; }

 private:
  std::uint64_t stamp_;
  std::uint32_t offset_ = 0;
  std::uint32_t requests_ = 0;
  bool first_ = true;
};

Problem problem_of_rows(const Header& header, std::string_view bytes) {
  std::size_t at = places(parts_of(header)).entries;
  RowOrder order(header);
  for (std::uint32_t i = 0; i < header.entries; ++i, at += sizeof(Row)) {
    const auto row = layout::read<Row>(bytes, at);
    Problem problem = problem_of(row, origin_of(header));
    if (!problem) {
      problem = order.next(row);
    }
    if (problem) {
      return problem;
    }
  }
  return order.requests() == header.requests ? Problem{} : BlockError::bad_requests;
}

}  // namespace

BlockPlaces places(const BlockParts& parts) {
  return {.dependencies = block_size({}),
          .entries = block_size({.dependencies = parts.dependencies}),
          .requests = block_size({.entries = parts.entries, .dependencies = parts.dependencies})};
}

Problem problem_of(std::string_view bytes) {
  if (const Problem problem = problem_of_size(bytes)) {
    return problem;
  }
  const auto header = layout::read<Header>(bytes, 0);
  if (const Problem problem = problem_of(header)) {
    return problem;
  }
  if (const Problem problem = problem_of_dependencies(header, bytes)) {
    return problem;
  }
  if (const Problem problem = problem_of_rows(header, bytes)) {
    return problem;
  }
  return problem_of_requests(header, bytes);
}

}  // namespace passbook
