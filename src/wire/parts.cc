// SPDX-License-Identifier: Apache-2.0
#include "wire/parts.h"

#include <algorithm>

namespace passbook::wire {
namespace {

struct PutChange {
  v1::Entry& out;

  void operator()(const Deposit& deposit) const {
    out.mutable_deposit()->set_account(deposit.account.value);
    out.mutable_deposit()->set_amount(deposit.amount.minor);
  }
  void operator()(const Withdrawal& withdrawal) const {
    out.mutable_withdrawal()->set_account(withdrawal.account.value);
    out.mutable_withdrawal()->set_amount(withdrawal.amount.minor);
  }
  void operator()(const Grant& grant) const {
    out.mutable_grant()->set_account(grant.account.value);
    put(grant.to, *out.mutable_grant()->mutable_to());
    out.mutable_grant()->set_amount(grant.amount.minor);
  }
  void operator()(const Release& release) const {
    out.mutable_release()->set_account(release.account.value);
    put(release.from, *out.mutable_release()->mutable_from());
    out.mutable_release()->set_amount(release.amount.minor);
  }
};

std::optional<Change> get_change(const v1::Entry& in) {
  switch (in.change_case()) {
    case v1::Entry::kDeposit:
      return Deposit{AccountId{in.deposit().account()}, Money{in.deposit().amount()}};
    case v1::Entry::kWithdrawal:
      return Withdrawal{AccountId{in.withdrawal().account()}, Money{in.withdrawal().amount()}};
    case v1::Entry::kGrant: {
      const auto to = get(in.grant().to());
      if (!to) {
        return std::nullopt;
      }
      return Grant{AccountId{in.grant().account()}, *to, Money{in.grant().amount()}};
    }
    case v1::Entry::kRelease: {
      const auto from = get(in.release().from());
      if (!from) {
        return std::nullopt;
      }
      return Release{AccountId{in.release().account()}, *from, Money{in.release().amount()}};
    }
    case v1::Entry::CHANGE_NOT_SET:
      break;
  }
  return std::nullopt;
}

constexpr auto kGet = [](const v1::TaggedPosition& message) { return get(message); };

}  // namespace

void put(const Origin& origin, v1::Origin& out) {
  out.set_branch(origin.branch.value);
  out.set_incarnation(origin.incarnation.value);
}

void put(const EntryId& position, v1::Position& out) {
  put(position.origin, *out.mutable_origin());
  out.set_sequence(position.sequence.value);
}

void put(const TaggedPosition& position, v1::TaggedPosition& out) {
  put(position.end, *out.mutable_position());
  out.set_tag(position.tag.value);
}

void put(const VersionVector& vector, v1::VersionVector& out) {
  for (const EntryId& position : vector.positions()) {
    put(position, *out.add_positions());
  }
}

void put(const TaggedVector& vector, v1::PassbookPositions& out) {
  out.mutable_positions()->Reserve(static_cast<int>(vector.positions().size()));
  for (const TaggedPosition& position : vector.positions()) {
    v1::PassbookPosition& made = *out.add_positions();
    put(position.end.origin, *made.mutable_origin());
    made.set_sequence(position.end.sequence.value);
    made.set_tag(position.tag.value);
  }
}

void put(const RequestId& id, v1::RequestId& out) {
  out.set_branch(id.origin.branch.value);
  out.set_incarnation(id.origin.incarnation.value);
  out.set_customer(id.client.customer.value);
  out.set_session(id.client.session);
  out.set_number(id.number);
}

void put(const Entry& entry, v1::Entry& out) {
  put(entry.id, *out.mutable_id());
  out.set_stamp(entry.stamp.value);
  if (entry.request) {
    put(*entry.request, *out.mutable_request());
  }
  std::visit(PutChange{out}, entry.change);
}

void put(const LogEnds& ends, v1::LogEnds& out) {
  for (const TaggedPosition& kept : ends.kept) {
    put(kept, *out.add_kept());
  }
  for (const TaggedPosition& given_up : ends.given_up) {
    put(given_up, *out.add_given_up());
  }
}

void put(const Seal& seal, v1::Seal& out) {
  out.set_branch(seal.branch.value);
  out.set_next(seal.next.value);
  put(seal.ends, *out.mutable_ends());
  out.set_final(seal.final);
  out.set_recovery(seal.recovery);
  out.set_settled(seal.settled.value);
}

std::optional<std::vector<TaggedPosition>> get_ascending(
    const google::protobuf::RepeatedPtrField<v1::TaggedPosition>& in) {
  std::vector<TaggedPosition> out;
  const auto falls = [](const TaggedPosition& a, const TaggedPosition& b) {
    return a.end.origin >= b.end.origin;
  };
  const bool ordered =
      get_all(in, out, kGet) && std::ranges::adjacent_find(out, falls) == out.end();
  return ordered ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<LogEnds> get(const v1::LogEnds& in) {
  auto kept = get_ascending(in.kept());
  LogEnds out;
  if (!kept || !get_all(in.given_up(), out.given_up, kGet) ||
      !std::ranges::is_sorted(out.given_up)) {
    return std::nullopt;
  }
  out.kept = std::move(*kept);
  return out;
}

bool speaks_of(const LogEnds& ends, BranchId branch) {
  const auto of_branch = [&](const TaggedPosition& position) {
    return position.end.origin.branch == branch;
  };
  return std::ranges::all_of(ends.kept, of_branch) && std::ranges::all_of(ends.given_up, of_branch);
}

std::optional<Seal> get(const v1::Seal& in) {
  auto ends = get(in.ends());
  if (!ends || !speaks_of(*ends, BranchId{in.branch()}) || in.branch() == 0 || in.next() == 0) {
    return std::nullopt;
  }
  return Seal{.branch = BranchId{in.branch()},
              .next = Incarnation{in.next()},
              .ends = std::move(*ends),
              .final = in.final(),
              .recovery = in.recovery(),
              .settled = Incarnation{in.settled()}};
}

std::optional<Origin> get(const v1::Origin& in) {
  if (in.branch() == 0 || in.incarnation() == 0) {
    return std::nullopt;
  }
  return Origin{BranchId{in.branch()}, Incarnation{in.incarnation()}};
}

std::optional<EntryId> get(const v1::Position& in) {
  const auto origin = get(in.origin());
  if (!origin || in.sequence() == 0) {
    return std::nullopt;
  }
  return EntryId{*origin, Sequence{in.sequence()}};
}

std::optional<TaggedPosition> get(const v1::TaggedPosition& in) {
  const auto end = get(in.position());
  return end ? std::optional(TaggedPosition{*end, Tag{in.tag()}}) : std::nullopt;
}

std::optional<VersionVector> get(const v1::VersionVector& in) {
  VersionVector out;
  for (const v1::Position& position : in.positions()) {
    const auto id = get(position);
    if (!id) {
      return std::nullopt;
    }
    out.raise(*id);
  }
  return out;
}

std::optional<TaggedVector> get(const v1::PassbookPositions& in) {
  std::vector<TaggedPosition> out;
  out.reserve(static_cast<std::size_t>(in.positions_size()));
  for (const v1::PassbookPosition& position : in.positions()) {
    const auto origin = get(position.origin());
    if (!origin) {
      return std::nullopt;
    }
    out.push_back({{*origin, Sequence{position.sequence()}}, Tag{position.tag()}});
  }
  return TaggedVector::of(std::move(out));
}

RequestId get(const v1::RequestId& in) {
  const Incarnation incarnation{std::max(in.incarnation(), 1U)};
  return {
      {BranchId{in.branch()}, incarnation}, {CustomerId{in.customer()}, in.session()}, in.number()};
}

std::optional<Entry> get(const v1::Entry& in) {
  const auto id = get(in.id());
  const auto change = get_change(in);
  if (!id || !change || amount_of(*change) <= Money{}) {
    return std::nullopt;
  }
  Entry out{.id = *id, .stamp = Stamp{in.stamp()}, .request = {}, .change = *change};
  if (in.has_request()) {
    out.request = get(in.request());
  }
  return out;
}

}  // namespace passbook::wire
