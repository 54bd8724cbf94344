// SPDX-License-Identifier: Apache-2.0
// Random messages between branches, for seeds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "samples.h"
#include "wire/codec.h"

namespace passbook::fuzz {

inline PeerMessage sample_message(Random& random) {
  const AccountId account{1};
  const Priority priority{Stamp{random.below(1U << 20U)}, sample_origin(random).branch};
  switch (random.below(12)) {
    case 0:
      return Hello{BankId{random.next()},
                   sample_origin(random),
                   {sample_tagged(random)},
                   {sample_seal(random)},
                   {.counter = 1 + random.below(9), .nonce = random.next()}};
    case 1:
      return Blocks{sample_blocks(random)};
    case 2:
      return Progress{{sample_tagged(random)},
                      {{sample_origin(random),
                        sample_tagged(random),
                        {.counter = random.below(9), .nonce = random.next()}},
                       {sample_origin(random), sample_tagged(random)}}};
    case 3:
      return RightsRequest{account, priority, Money{300}, std::chrono::seconds(random.below(20))};
    case 4:
      return RightsRequestCancelled{account, priority};
    case 5:
      return TotalsRequest{account, priority, random.below(9)};
    case 6:
      return TotalsReply{account, priority, random.below(9), Money{1000}};
    case 7:
      return RebalanceRequest{account, Money{12}};
    case 8:
      return OutcomeRequest{
          sample_request_id(random),
          random.chance(1, 4) ? std::nullopt : std::optional<Change>(Deposit{account, Money{5}}),
          std::chrono::seconds(random.below(20)), random.below(9)};
    case 9:
      return OutcomeReply{sample_request_id(random), Outcome::ok, sample_position(random),
                          Money{-3}, random.below(9)};
    case 10:
      return Dismissal{{.counter = random.below(9), .nonce = random.next()}, random.chance(1, 2)};
    case 11:
      return Divergence{sample_tagged(random), sample_tagged(random)};
    default:
      return Heartbeat{random.chance(1, 2), random.chance(1, 2)};
  }
}

/// Some of them, as they travel.
inline std::vector<std::string> sample_peer_messages(std::uint64_t seed, std::size_t count) {
  Random random(seed);
  std::vector<std::string> out;
  while (out.size() < count) {
    v1::PeerMessage message;
    wire::encode({sample_message(random), Stamp{random.next()}}, message);
    out.push_back(message.SerializeAsString());
  }
  return out;
}

/// What a fuzzer's bytes say, and the same encoded again.
struct Reread {
  Envelope decoded;
  v1::PeerMessage encoded;
};

/// Nothing when the bytes are no message.
inline std::optional<Reread> read_again(const std::uint8_t* data, std::size_t size) {
  v1::PeerMessage message;
  if (!message.ParseFromArray(data, static_cast<int>(size))) {
    return std::nullopt;
  }
  auto decoded = wire::decode(message);
  if (!decoded) {
    return std::nullopt;
  }
  Reread out{.decoded = *std::move(decoded), .encoded = {}};
  wire::encode(out.decoded, out.encoded);
  return out;
}

}  // namespace passbook::fuzz
