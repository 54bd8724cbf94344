// SPDX-License-Identifier: Apache-2.0
#include "wire/progress_codec.h"

#include <rapidcheck/gtest.h>

namespace passbook::wire {
namespace {

constexpr ProcessId kFirst{.counter = 1, .nonce = 0x1234567890abcdef};

TaggedPosition position(std::uint32_t branch, std::uint64_t sequence) {
  return {{{BranchId{branch}}, Sequence{sequence}}, Tag{0xfedcba9876543210}};
}

v1::Progress encoded(const Progress& progress) {
  v1::Progress out;
  put_progress(progress, out);
  return out;
}

/// All of these have reached all of those.
Progress all_of_all(std::uint32_t reporters, std::uint32_t positions) {
  Progress out;
  for (std::uint32_t at = 1; at <= positions; ++at) {
    for (std::uint32_t by = 1; by <= reporters; ++by) {
      out.reports.push_back({{BranchId{by + 100}}, position(at, 5), kFirst});
    }
  }
  return out;
}

RC_GTEST_PROP(ProgressCodec, AnythingComesBackAsItWas, ()) {
  const auto any_origin = [] {
    return Origin{BranchId{*rc::gen::inRange<std::uint32_t>(1, 6)},
                  Incarnation{*rc::gen::inRange<std::uint32_t>(1, 3)}};
  };
  const auto any_position = [&] {
    return TaggedPosition{{any_origin(), Sequence{*rc::gen::inRange<std::uint64_t>(1, 4)}},
                          Tag{*rc::gen::arbitrary<std::uint64_t>()}};
  };
  Progress progress;
  for (int own = *rc::gen::inRange(0, 6); own > 0; --own) {
    progress.own.push_back(any_position());
  }
  for (int reports = *rc::gen::inRange(0, 12); reports > 0; --reports) {
    const ProcessId process{*rc::gen::inRange<std::uint64_t>(1, 3),
                            *rc::gen::inRange<std::uint64_t>(0, 2)};
    progress.reports.push_back({any_origin(), any_position(), process});
  }
  for (int everywhere = *rc::gen::inRange(0, 3); everywhere > 0; --everywhere) {
    progress.everywhere.push_back(any_position());
  }
  RC_ASSERT(get_progress(encoded(progress)) == progress);
}

TEST(ProgressCodec, WhatIsTheSameForManyStandsThereOnce) {
  const Progress square = all_of_all(12, 10);
  EXPECT_EQ(get_progress(encoded(square)), square);
  EXPECT_LT(encoded(square).ByteSizeLong(), 12 * 12 + 10 * 12 + 20);
  EXPECT_LE(encoded(Progress{{position(3, 70)}, {}}).ByteSizeLong(), 16U);
  EXPECT_LE(encoded(all_of_all(1, 1)).ByteSizeLong(), 36U);
}

TEST(ProgressCodec, RefusesColumnsThatDoNotFit) {
  const Progress good{{position(3, 70), position(4, 1)},
                      {{{BranchId{2}}, position(3, 70), kFirst},
                       {{BranchId{3}}, position(4, 1), {.counter = 2, .nonce = 9}}},
                      {position(5, 2)}};
  const v1::Progress message = encoded(good);
  ASSERT_EQ(get_progress(message), good);
  const auto refused = [&](auto change) {
    v1::Progress bad = message;
    change(bad);
    return get_progress(bad) == std::nullopt;
  };
  EXPECT_TRUE(refused([](auto& m) { m.add_branches(1); }));
  EXPECT_TRUE(refused([](auto& m) { m.add_incarnations(1); }));
  EXPECT_TRUE(refused([](auto& m) { m.add_sequences(1); }));
  EXPECT_TRUE(refused([](auto& m) { m.clear_tags(); }));
  EXPECT_TRUE(refused([](auto& m) { m.set_branches(0, 0); }));
  EXPECT_TRUE(refused([](auto& m) { m.set_sequences(0, 0); }));
  EXPECT_TRUE(refused([](auto& m) { m.mutable_others()->mutable_reporters()->add_counters(1); }));
  EXPECT_TRUE(refused([](auto& m) { m.mutable_others()->mutable_reporters()->clear_nonces(); }));
  EXPECT_TRUE(
      refused([](auto& m) { m.mutable_others()->mutable_reporters()->set_branches(1, 0); }));
  EXPECT_TRUE(refused([](auto& m) { m.mutable_others()->set_by(0, 2); }));
  EXPECT_TRUE(refused([](auto& m) { m.mutable_others()->set_at(1, 2); }));
  EXPECT_TRUE(refused([](auto& m) { m.mutable_others()->add_by(0); }));
  EXPECT_TRUE(refused([](auto& m) { m.mutable_everywhere()->add_sequences(1); }));
  EXPECT_TRUE(refused([](auto& m) { m.mutable_everywhere()->clear_branches(); }));
}

TEST(ProgressCodec, RefusesAFewColumnsThatMeanBillionsOfReports) {
  v1::Progress message = encoded(all_of_all(1, 1));
  for (int i = 0; i < 70'000; ++i) {
    message.mutable_others()->mutable_reporters()->add_branches(2);
    message.mutable_others()->mutable_reporters()->add_nonces(2);
    message.mutable_others()->mutable_positions()->add_branches(2);
    message.mutable_others()->mutable_positions()->add_sequences(2);
    message.mutable_others()->mutable_positions()->add_tags(2);
  }
  EXPECT_EQ(get_progress(message), std::nullopt);
}

}  // namespace
}  // namespace passbook::wire
