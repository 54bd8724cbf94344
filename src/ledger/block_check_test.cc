// SPDX-License-Identifier: Apache-2.0
// What a hostile peer may send: every rule of a block, broken.
#include "ledger/block_check.h"

#include <cstring>

#include "ledger/block_layout.h"
#include "ledger/testing_block.h"

namespace passbook {
namespace {

using layout::Header;
using layout::Row;

std::string some_bytes() { return std::string(build(some_head(), some_entries()).bytes()); }

BlockPlaces places_of(const std::string& bytes) {
  const auto header = layout::read<Header>(bytes, 0);
  return places({header.entries, header.requests, header.dependencies});
}

template <class Part, class Change>
void change_part(std::string& bytes, std::size_t at, Change change) {
  Part part = layout::read<Part>(bytes, at);
  change(part);
  std::memcpy(bytes.data() + at, &part, sizeof part);
}

/// Of the sample with one part changed: the one of this number from `at` on.
template <class Part, class Change>
std::optional<BlockError> with(std::size_t BlockPlaces::* at, std::size_t index, Change change) {
  std::string bytes = some_bytes();
  change_part<Part>(bytes, places_of(bytes).*at + index * sizeof(Part), change);
  return problem_of(bytes);
}

template <class Change>
std::optional<BlockError> with_header(Change change) {
  std::string bytes = some_bytes();
  change_part<Header>(bytes, 0, change);
  return problem_of(bytes);
}

template <class Change>
std::optional<BlockError> with_row(std::size_t index, Change change) {
  return with<Row>(&BlockPlaces::entries, index, change);
}

template <class Change>
std::optional<BlockError> with_dependency(std::size_t index, Change change) {
  return with<layout::Dependency>(&BlockPlaces::dependencies, index, change);
}

template <class Change>
std::optional<BlockError> with_request(std::size_t index, Change change) {
  return with<layout::Request>(&BlockPlaces::requests, index, change);
}

/// The sample with its first `count` entries only, and all requests.
std::optional<BlockError> with_rows(std::uint32_t count) {
  std::string bytes = some_bytes();
  const BlockPlaces at = places_of(bytes);
  const std::size_t end = at.entries + count * sizeof(Row);
  bytes.erase(end, at.requests - end);
  change_part<Header>(bytes, 0, [&](Header& h) { h.entries = count; });
  return problem_of(bytes);
}

TEST(BlockCheck, WhatIsRightHasNoProblem) { EXPECT_EQ(problem_of(some_bytes()), std::nullopt); }

TEST(BlockCheck, ATooLargeOneIsNotLookedAt) {
  EXPECT_EQ(problem_of(std::string(kMaxBlockBytes + 1, '\0')), BlockError::too_large);
  EXPECT_EQ(problem_of(std::string(kMaxBlockBytes, '\0')), BlockError::unknown_format);
}

TEST(BlockCheck, ItsFormatIsKnown) {
  EXPECT_EQ(with_header([](Header& h) { ++h.format; }), BlockError::unknown_format);
}

TEST(BlockCheck, ItsCountsAreThoseOfItsSize) {
  EXPECT_EQ(with_header([](Header& h) { ++h.entries; }), BlockError::wrong_size);
  EXPECT_EQ(with_header([](Header& h) { --h.requests; }), BlockError::wrong_size);
  EXPECT_EQ(with_header([](Header& h) { h.dependencies = ~0U; }), BlockError::wrong_size);
  EXPECT_EQ(with_header([](Header& h) { h.entries = h.requests = h.dependencies = ~0U; }),
            BlockError::wrong_size);
}

TEST(BlockCheck, AHeaderAloneIsNotTooShortButEmpty) {
  std::string bytes = some_bytes().substr(0, sizeof(Header));
  change_part<Header>(bytes, 0, [](Header& h) { h.entries = h.requests = h.dependencies = 0; });
  EXPECT_EQ(problem_of(bytes), BlockError::empty);
  bytes.pop_back();
  EXPECT_EQ(problem_of(bytes), BlockError::wrong_size);
}

TEST(BlockCheck, ThereIsAnEntry) { EXPECT_EQ(with_rows(0), BlockError::empty); }

TEST(BlockCheck, SomebodyMadeIt) {
  EXPECT_EQ(with_header([](Header& h) { h.branch = 0; }), BlockError::bad_origin);
  EXPECT_EQ(with_header([](Header& h) { h.incarnation = 0; }), BlockError::bad_origin);
  EXPECT_EQ(with_header([](Header& h) { h.process_counter = 0; }), BlockError::bad_process);
}

TEST(BlockCheck, SequencesStayBelowTheLimit) {
  const auto starting_at = [](std::uint64_t first) {
    return with_header([&](Header& h) {
      h.first = first;
      h.previous[31] = 1;
    });
  };
  EXPECT_EQ(starting_at(2), std::nullopt);
  EXPECT_EQ(starting_at(0), BlockError::bad_sequence);
  EXPECT_EQ(starting_at(kNumberLimit - 5), std::nullopt);
  EXPECT_EQ(starting_at(kNumberLimit - 4), BlockError::bad_sequence);
  EXPECT_EQ(starting_at(~0ULL), BlockError::bad_sequence);
  EXPECT_EQ(starting_at(~0ULL - 3), BlockError::bad_sequence);
}

TEST(BlockCheck, OnlyTheFirstHasNothingBefore) {
  EXPECT_EQ(with_header([](Header& h) { h.previous[0] = 1; }), BlockError::bad_previous);
  EXPECT_EQ(with_header([](Header& h) { h.first = 2; }), BlockError::bad_previous);
}

TEST(BlockCheck, DependenciesAscendAndAreOfOthers) {
  EXPECT_EQ(with_dependency(0, [](auto& d) { d.branch = 0; }), BlockError::bad_dependencies);
  EXPECT_EQ(with_dependency(0, [](auto& d) { d.incarnation = 0; }), BlockError::bad_dependencies);
  EXPECT_EQ(with_dependency(0, [](auto& d) { d.branch = 3; }), BlockError::bad_dependencies);
  EXPECT_EQ(with_dependency(1, [](auto& d) { d.incarnation = 3; }), BlockError::bad_dependencies);
  EXPECT_EQ(with_dependency(1, [](auto& d) { d.incarnation = 4; }), std::nullopt);
  const auto twice = [](auto& d) { d.branch = d.incarnation = 1; };
  EXPECT_EQ(with_dependency(1, twice), BlockError::bad_dependencies);
}

TEST(BlockCheck, DependenciesAreAtPlacesThatCanBe) {
  EXPECT_EQ(with_dependency(0, [](auto& d) { d.sequence = 0; }), BlockError::bad_dependencies);
  EXPECT_EQ(with_dependency(0, [](auto& d) { d.sequence = kNumberLimit; }),
            BlockError::bad_dependencies);
  EXPECT_EQ(with_dependency(0, [](auto& d) { d.sequence = kNumberLimit - 1; }), std::nullopt);
}

TEST(BlockCheck, StampsBeginAtTheBlocksOwnAndNeverFall) {
  EXPECT_EQ(with_row(0, [](Row& r) { r.stamp_offset = 1; }), BlockError::bad_stamps);
  EXPECT_EQ(with_row(3, [](Row& r) { r.stamp_offset = 0; }), BlockError::bad_stamps);
  EXPECT_EQ(with_row(3, [](Row& r) { r.stamp_offset = 1; }), std::nullopt);
}

TEST(BlockCheck, StampsStayBelowTheLimit) {
  EXPECT_EQ(with_header([](Header& h) { h.stamp = kNumberLimit - 6; }), std::nullopt);
  EXPECT_EQ(with_header([](Header& h) { h.stamp = kNumberLimit - 5; }), BlockError::bad_stamps);
  EXPECT_EQ(with_header([](Header& h) { h.stamp = ~0ULL; }), BlockError::bad_stamps);
  EXPECT_EQ(with_header([](Header& h) { h.stamp = ~0ULL - 2; }), BlockError::bad_stamps);
}

TEST(BlockCheck, EachRequestIsThatOfOneEntryInTheirOrder) {
  EXPECT_EQ(with_row(0, [](Row& r) { r.request = 2; }), BlockError::bad_requests);
  EXPECT_EQ(with_row(4, [](Row& r) { r.request = 1; }), BlockError::bad_requests);
  EXPECT_EQ(with_row(4, [](Row& r) { r.request = 0; }), BlockError::bad_requests);
  EXPECT_EQ(with_row(1, [](Row& r) { r.request = ~0U; }), BlockError::bad_requests);
  EXPECT_EQ(with_rows(4), BlockError::bad_requests);
}

TEST(BlockCheck, NoEntryNamesARequestThatIsNotThere) {
  std::string bytes = some_bytes();
  bytes.resize(bytes.size() - sizeof(layout::Request));
  change_part<Header>(bytes, 0, [](Header& h) { --h.requests; });
  EXPECT_EQ(problem_of(bytes), BlockError::bad_requests);
}

TEST(BlockCheck, ARequestWasAskedOfABranch) {
  EXPECT_EQ(with_request(1, [](auto& r) { r.branch = 0; }), BlockError::bad_requests);
  EXPECT_EQ(with_request(0, [](auto& r) { r.branch = 1; }), BlockError::bad_requests)
      << "an id of another branch";
}

TEST(BlockCheck, KindsAreKnown) {
  for (const int kind : {0, 5, 255}) {
    EXPECT_EQ(with_row(2, [&](Row& r) { r.kind = static_cast<layout::Kind>(kind); }),
              BlockError::unknown_kind);
  }
}

TEST(BlockCheck, AmountsArePositive) {
  EXPECT_EQ(with_row(0, [](Row& r) { r.amount = 0; }), BlockError::bad_amount);
  EXPECT_EQ(with_row(0, [](Row& r) { r.amount = 1ULL << 63U; }), BlockError::bad_amount);
  EXPECT_EQ(with_row(2, [](Row& r) { r.amount = ~0ULL; }), BlockError::bad_amount);
}

TEST(BlockCheck, GrantsGoToOthers) {
  const auto to = [](Origin origin) {
    return with_row(2, [&](Row& r) { r.other = layout::pack(origin); });
  };
  EXPECT_EQ(to(some_head().origin), BlockError::bad_grant);
  EXPECT_EQ(to({BranchId{0}}), BlockError::bad_grant);
  EXPECT_EQ(to({BranchId{5}, Incarnation{0}}), BlockError::bad_grant);
  EXPECT_EQ(to({BranchId{2}, Incarnation{4}}), std::nullopt);
}

TEST(BlockCheck, ReleasesAreFromEarlierIncarnations) {
  const auto from = [](Origin origin) {
    return with_row(3, [&](Row& r) { r.other = layout::pack(origin); });
  };
  EXPECT_EQ(from({BranchId{2}, Incarnation{2}}), std::nullopt);
  EXPECT_EQ(from(some_head().origin), BlockError::bad_release);
  EXPECT_EQ(from({BranchId{2}, Incarnation{0}}), BlockError::bad_release);
  EXPECT_EQ(from({BranchId{1}, Incarnation{1}}), BlockError::bad_release);
}

TEST(BlockCheck, WhatSaysNothingIsZero) {
  EXPECT_EQ(with_header([](Header& h) { h.label_bytes = 1; }), BlockError::not_zero);
  EXPECT_EQ(with_header([](Header& h) { h.reserved = 1; }), BlockError::not_zero);
  EXPECT_EQ(with_row(0, [](Row& r) { r.other = 1; }), BlockError::not_zero);
  EXPECT_EQ(with_row(1, [](Row& r) { r.other = 1; }), BlockError::not_zero);
  EXPECT_EQ(with_row(0, [](Row& r) { r.flags = 1; }), BlockError::not_zero);
  EXPECT_EQ(with_row(0, [](Row& r) { r.reserved = 1; }), BlockError::not_zero);
  EXPECT_EQ(with_row(0, [](Row& r) { r.part = 1; }), BlockError::not_zero);
  EXPECT_EQ(with_row(0, [](Row& r) { r.code = 1; }), BlockError::not_zero);
  EXPECT_EQ(with_row(0, [](Row& r) { r.asset = 1; }), BlockError::not_zero);
  EXPECT_EQ(with_row(0, [](Row& r) { r.reference[0] = 1; }), BlockError::not_zero);
  EXPECT_EQ(with_row(4, [](Row& r) { r.reference[1] = 1; }), BlockError::not_zero);
  EXPECT_EQ(with_request(0, [](auto& r) { r.incarnation = 1; }), BlockError::not_zero);
}

TEST(BlockCheck, EveryProblemHasWords) {
  for (int i = 0; i <= static_cast<int>(BlockError::not_zero); ++i) {
    EXPECT_NE(describe(static_cast<BlockError>(i)), "is invalid");
  }
}

}  // namespace
}  // namespace passbook
