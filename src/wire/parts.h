// SPDX-License-Identifier: Apache-2.0
// The small parts that messages are made of.
#pragma once

#include <optional>
#include <vector>

#include "causal/tagged_vector.h"
#include "ledger/digest.h"
#include "ledger/entry.h"
#include "passbook/v1/types.pb.h"
#include "protocol/records.h"

namespace passbook::wire {

void put(const Origin& origin, v1::Origin& out);
void put(const EntryId& position, v1::Position& out);
void put(const VersionVector& vector, v1::VersionVector& out);
void put(const TaggedVector& vector, v1::PassbookPositions& out);
void put(const RequestId& id, v1::RequestId& out);
void put(const TaggedPosition& position, v1::TaggedPosition& out);
void put(const Entry& entry, v1::Entry& out);
void put(const LogEnds& ends, v1::LogEnds& out);
void put(const Seal& seal, v1::Seal& out);

// Nothing if an id that must be positive is 0, or if a part is missing.
std::optional<Origin> get(const v1::Origin& in);
std::optional<EntryId> get(const v1::Position& in);
std::optional<TaggedPosition> get(const v1::TaggedPosition& in);
std::optional<VersionVector> get(const v1::VersionVector& in);
/// Also nothing if they don't ascend. Takes linear time, whatever they are.
std::optional<TaggedVector> get(const v1::PassbookPositions& in);
RequestId get(const v1::RequestId& in);
std::optional<Entry> get(const v1::Entry& in);
std::optional<LogEnds> get(const v1::LogEnds& in);
/// Also nothing unless they ascend, with at most one for each origin.
std::optional<std::vector<TaggedPosition>> get_ascending(
    const google::protobuf::RepeatedPtrField<v1::TaggedPosition>& in);
std::optional<Seal> get(const v1::Seal& in);
/// Whether all positions are in logs of this branch.
bool speaks_of(const LogEnds& ends, BranchId branch);

/// A deposit or a withdrawal, in a message that takes either.
template <class Message>
void put_write(const Change& change, Message& out) {
  if (const auto* deposit = std::get_if<Deposit>(&change)) {
    out.mutable_deposit()->set_account(deposit->account.value);
    out.mutable_deposit()->set_amount(deposit->amount.minor);
  } else if (const auto* withdrawal = std::get_if<Withdrawal>(&change)) {
    out.mutable_withdrawal()->set_account(withdrawal->account.value);
    out.mutable_withdrawal()->set_amount(withdrawal->amount.minor);
  }
}

/// Nothing if it is neither.
template <class Message>
std::optional<Change> get_write(const Message& in) {
  if (in.has_deposit()) {
    return Deposit{AccountId{in.deposit().account()}, Money{in.deposit().amount()}};
  }
  if (in.has_withdrawal()) {
    return Withdrawal{AccountId{in.withdrawal().account()}, Money{in.withdrawal().amount()}};
  }
  return std::nullopt;
}

/// Appends all messages as `get_one` reads them. False if it fails for one of them.
template <class Messages, class Out, class GetOne>
bool get_all(const Messages& messages, std::vector<Out>& out, GetOne get_one) {
  for (const auto& message : messages) {
    auto read = get_one(message);
    if (!read) {
      return false;
    }
    out.push_back(std::move(*read));
  }
  return true;
}

}  // namespace passbook::wire
