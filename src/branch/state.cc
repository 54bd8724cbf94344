// SPDX-License-Identifier: Apache-2.0
#include "branch/state.h"

#include "base/check.h"

namespace passbook {

State::State(const Bank& bank, Origin self) : self_(self), ledger_(bank) {}

void State::restore(std::span<const Entry> entries) {
  for (const Entry& entry : entries) {
    append(entry);
    if (entry.id.origin == self_) {
      for (const EntryId& dependency : entry.dependencies) {
        declared_.raise(dependency);
      }
    }
  }
}

const Entry& State::entry(EntryId id) const {
  PASSBOOK_CHECK(applied_.covers(id) && id.sequence > Sequence{}, "only applied entries are kept");
  return logs_.at(id.origin)[id.sequence.value - 1];
}

std::optional<AcceptedWrite> State::find(const RequestId& request) const {
  const auto found = writes_.find(request);
  return found == writes_.end() ? std::nullopt : std::optional(found->second);
}

const Entry& State::accept(const Change& change, const VersionVector& needed,
                           std::optional<RequestId> request) {
  PASSBOOK_CHECK(!ledger_.refusal(self_, change), "only what the ledger allows is accepted");
  PASSBOOK_CHECK(applied_.covers(needed), "an entry depends only on what its branch has applied");
  return append({.id = {self_, Sequence{own_length().value + 1}},
                 .stamp = tick(),
                 .dependencies = dependencies(needed),
                 .request = request,
                 .change = change});
}

const Entry& State::apply(Entry entry) {
  PASSBOOK_CHECK(entry.id.origin != self_, "nobody else appends to this branch's log");
  return append(std::move(entry));
}

const Entry& State::append(Entry entry) {
  const EntryId id = entry.id;
  PASSBOOK_CHECK(id.sequence.value == applied_.at(id.origin).value + 1, "a log has no gaps");
  observe(entry.stamp);
  ledger_.apply(id.origin, entry.change);
  applied_.raise(id);
  if (const auto* grant = std::get_if<Grant>(&entry.change);
      grant && grant->to == self_ && id.origin != self_) {
    grants_.raise(id);
  }
  if (entry.request) {
    const Money balance = ledger_.find(account_of(entry.change))->balance();
    writes_.emplace(*entry.request, AcceptedWrite{id, balance});
  }
  return logs_[id.origin].emplace_back(std::move(entry));
}

/// What the next own entry must name: grants received and what its call needed, less what this
/// log has named before, and less this log itself, whose order is kept anyway.
std::vector<EntryId> State::dependencies(const VersionVector& needed) {
  VersionVector wanted = grants_;
  wanted.merge(needed);
  std::vector<EntryId> out;
  for (const EntryId& position : declared_.missing(wanted)) {
    if (position.origin != self_) {
      out.push_back(position);
      declared_.raise(position);
    }
  }
  return out;
}

std::size_t State::HashRequest::operator()(const RequestId& id) const {
  std::uint64_t hash = 0;
  for (const std::uint64_t part : {std::uint64_t{id.first_asked.value}, id.client.customer.value,
                                   id.client.session, id.number}) {
    hash = (hash ^ part) * 0x9e3779b97f4a7c15U;
    hash ^= hash >> 32U;
  }
  return hash;
}

}  // namespace passbook
