// SPDX-License-Identifier: Apache-2.0
#include "app/arguments.h"

namespace passbook {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

TEST(Arguments, DurationsHaveAUnit) {
  EXPECT_EQ(parse_duration("--for", "500ms"), Duration(milliseconds(500)));
  EXPECT_EQ(parse_duration("--for", "10s"), Duration(milliseconds(10'000)));
  EXPECT_EQ(parse_duration("--for", "0"), Duration{});
  for (const auto* wrong : {"", "10", "-5ms", "ms", "1.5s", "5 s", "99999999999999999999s"}) {
    EXPECT_FALSE(parse_duration("--for", wrong).has_value()) << wrong;
  }
  EXPECT_EQ(parse_duration("--for", "61m").error(),
            "--for: \"61m\" is too long; the most is an hour, 60m");
  EXPECT_EQ(parse_duration("--for", "5").error(), "--for: \"5\" has no unit; write 5s or 5ms");
  EXPECT_EQ(parse_duration("--for", "5h").error(),
            "--for: \"5h\" has an unknown unit; use us, ms, s or m, as in 500ms");
  EXPECT_EQ(parse_duration("--for", "soon").error(),
            "--for: \"soon\" is not a time; write 5s or 500ms");
}

TEST(Arguments, ATimeoutIsMoreThanNothing) {
  EXPECT_EQ(parse_timeout("500ms"), Duration(milliseconds(500)));
  for (const auto* nothing : {"0", "0s", "0us"}) {
    EXPECT_EQ(parse_timeout(nothing).error(), "--timeout must be more than zero") << nothing;
  }
  EXPECT_THAT(parse_timeout("5").error(), HasSubstr("--timeout: \"5\" has no unit"));
}

TEST(Arguments, AFormatThatLooksLikeAFileIsExplained) {
  EXPECT_EQ(parse_format("jsonl"), Format::jsonl);
  EXPECT_THAT(parse_format("out.json").error(), HasSubstr("did you mean --output?"));
}

TEST(Arguments, ConsistencyIsANameOrAListOfGuarantees) {
  EXPECT_EQ(parse_consistency("session"), Guarantees::session());
  EXPECT_EQ(parse_consistency("eventual"), Guarantees::eventual());
  const auto two = parse_consistency("monotonic-reads,read-your-writes");
  ASSERT_TRUE(two.has_value());
  EXPECT_TRUE(two->monotonic_reads && two->read_your_writes);
  EXPECT_FALSE(two->monotonic_writes || two->writes_follow_reads);
  EXPECT_EQ(describe(*two), "read-your-writes,monotonic-reads");
  EXPECT_FALSE(parse_consistency("").has_value());
  EXPECT_FALSE(parse_consistency("session,eventual").has_value());
}

TEST(Arguments, PeersAreAnIdAndAnAddress) {
  EXPECT_EQ(parse_peer("2=127.0.0.1:50052"),
            std::pair(BranchId{2}, std::string("127.0.0.1:50052")));
  for (const auto* wrong : {"", "2", "0=a:1", "x=a:1", "2=host"}) {
    EXPECT_FALSE(parse_peer(wrong).has_value()) << wrong;
  }
}

TEST(Arguments, LoopbackIsKnownByName) {
  EXPECT_TRUE(is_loopback("127.0.0.1:5"));
  EXPECT_TRUE(is_loopback("localhost:5"));
  EXPECT_TRUE(is_loopback("[::1]:5"));
  EXPECT_FALSE(is_loopback("0.0.0.0:5"));
  EXPECT_FALSE(is_loopback("10.0.0.1:5"));
}

}  // namespace
}  // namespace passbook
