// SPDX-License-Identifier: Apache-2.0
// The blocks that branches send each other: what parses has no other form.
#include "base/check.h"
#include "ledger/testing_block.h"
#include "samples.h"
#include "target.h"

namespace passbook::fuzz {
namespace {

BlockHead sample_head(Random& random) {
  BlockHead out{.origin = sample_origin(random),
                .process = {.counter = 1 + random.below(5), .nonce = random.next()},
                .first = Sequence{1 + random.below(3)},
                .stamp = Stamp{random.below(1000)},
                .dependencies = {},
                .previous = {}};
  if (out.first > Sequence{1}) {
    out.previous = digest_of("the block before");
  }
  const VersionVector vector = sample_vector(random);
  for (const EntryId& position : vector.positions()) {
    if (position.origin != out.origin && position.sequence.value < kNumberLimit) {
      out.dependencies.push_back({position, Tag{random.next()}});
    }
  }
  return out;
}

Change sample_change(Random& random, Origin own) {
  const Origin next{own.branch, Incarnation{own.incarnation.value + 1}};
  const Change any = fuzz::sample_change(random);
  if (const auto* grant = std::get_if<Grant>(&any)) {
    return Grant{grant->account, next, grant->amount};
  }
  if (const auto* release = std::get_if<Release>(&any)) {
    return own.incarnation > Incarnation{1}
               ? Change{Release{release->account, {own.branch}, release->amount}}
               : Change{Withdrawal{release->account, release->amount}};
  }
  return any;
}

Block any_block(Random& random) {
  const BlockHead head = sample_head(random);
  std::vector<EntryDraft> entries;
  const std::uint64_t count = 1 + random.below(6);
  while (entries.size() < count) {
    entries.push_back({.change = sample_change(random, head.origin), .request = {}});
    if (random.chance(1, 2)) {
      entries.back().request = sample_request_id(random, head.origin);
    }
    entries.back().stamp_offset = static_cast<std::uint32_t>(entries.size() - 1);
  }
  return build(head, entries);
}

}  // namespace

std::vector<std::string> seeds() {
  Random random(8);
  std::vector<std::string> out{""};
  while (out.size() < 40) {
    out.emplace_back(any_block(random).bytes());
  }
  return out;
}

}  // namespace passbook::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace passbook;
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto block = Block::parse(std::string(text))) {
    PASSBOOK_CHECK(block->bytes() == text, "a block keeps its bytes");
    PASSBOOK_CHECK(rebuilt(*block).bytes() == text, "a content has one form only");
  }
  return 0;
}
