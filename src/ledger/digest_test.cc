// SPDX-License-Identifier: Apache-2.0
#include "ledger/digest.h"

namespace passbook {
namespace {

TEST(Digest, IsSha256) {  // FIPS 180-4's examples
  EXPECT_EQ(to_string(digest_of("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_string(digest_of("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, ATagPrintsAsItsDigestBegins) {
  EXPECT_EQ(to_string(tag_of(digest_of("abc"))), "ba7816bf8f01cfea");
  EXPECT_EQ(tag_of(digest_of("abc")), Tag{0xba7816bf8f01cfeaU});
}

TEST(Digest, ATagIsReadFromTheDigitsThatShowIt) {
  EXPECT_EQ(parse_tag("ba7816bf8f01cfea"), Tag{0xba7816bf8f01cfeaU});
  EXPECT_EQ(parse_tag(to_string(digest_of("abc"))), Tag{0xba7816bf8f01cfeaU});
  EXPECT_EQ(parse_tag("000000000000000a"), Tag{10});
  for (const char* wrong : {"", "ba7816bf8f01cfe", "ba7816bf8f01cfeg", "0xba7816bf8f01cf"}) {
    EXPECT_EQ(parse_tag(wrong), std::nullopt) << wrong;
  }
  EXPECT_EQ(parse_tag(to_string(digest_of("abc")) + "0"), std::nullopt);
}

TEST(Digest, TheTagOfNothingIsZero) { EXPECT_EQ(tag_of(Digest{}), Tag{}); }

TEST(Digest, TwoTagsAtOnePlaceAreTwoPositions) {
  const EntryId end{{BranchId{1}}, Sequence{5}};
  EXPECT_NE((TaggedPosition{end, Tag{1}}), (TaggedPosition{end, Tag{2}}));
}

}  // namespace
}  // namespace passbook
