// SPDX-License-Identifier: Apache-2.0
#include "branch/state.h"

#include <utility>

#include "base/check.h"

namespace passbook {

State::State(const Bank& bank, Origin self, std::size_t remembered)
    : self_(self), ledger_(bank), remembered_(self.branch, remembered) {}

void State::restore(const Recall& recall) {
  if (recall.snapshot) {
    restore(*recall.snapshot);
  }
  for (const Record& record : recall.records) {
    std::visit([&](const auto& r) { restore(r); }, record);
  }
  records_ = (recall.snapshot ? recall.snapshot->records : 0) + recall.records.size();
}

void State::restore(const Snapshot& snapshot) {
  applied_ = snapshot.applied;
  clock_.observe(snapshot.stamp);
  declared_ = snapshot.declared;
  grants_ = snapshot.grants;
  recovery_ = snapshot.recovery;
  for (const AccountSnapshot& account : snapshot.accounts) {
    ledger_.restore(account.account, account.totals);
  }
  for (const Seal& seal : snapshot.seals) {
    seals_.put(seal);
  }
  remembered_.restore(snapshot);
  last_snapshot_ = applied_;
  for (const EntryId& position : applied_.positions()) {
    logs_[position.origin].dropped = position.sequence;
  }
}

void State::restore(const Entry& entry) {
  append(entry);
  if (entry.id.origin == self_) {
    for (const EntryId& dependency : entry.dependencies) {
      declared_.raise(dependency);
    }
  }
}

const Entry* State::find(EntryId id) const {
  PASSBOOK_CHECK(applied_.covers(id) && id.sequence > Sequence{}, "only applied entries are known");
  const Log& log = logs_.at(id.origin);
  return id.sequence <= log.dropped ? nullptr
                                    : &log.entries[id.sequence.value - log.dropped.value - 1];
}

const VersionVector& State::goal() const {
  static const VersionVector kNothing;
  return recovery_ ? recovery_->goal : kNothing;
}

bool State::seal(const Seal& seal) {
  if (!seals_.put(seal)) {
    return false;
  }
  ++records_;
  return true;
}

std::vector<Release> State::releasable() const {
  std::vector<Release> out;
  if (!recovery_ || !recovery_->release_rights || !recovered()) {
    return out;
  }
  for (const auto& [id, account] : ledger_.accounts()) {
    for (const OriginTotals& totals : account.totals()) {
      if (totals.origin.branch == self_.branch && totals.origin < self_ &&
          totals.rights > Money{}) {
        out.push_back({id, totals.origin, totals.rights});
      }
    }
  }
  return out;
}

Snapshot State::snapshot() {
  Snapshot out{.records = records_,
               .applied = applied_,
               .stamp = clock_.last(),
               .declared = declared_,
               .grants = grants_,
               .forgotten = {},
               .accounts = {},
               .seals = seals_.all(),
               .recovery = recovery_,
               .writes = {},
               .writes_since = 0};
  for (const auto& [id, account] : ledger_.accounts()) {
    out.accounts.push_back({id, account.totals()});
  }
  remembered_.turn_page(out);
  drop_up_to(std::exchange(last_snapshot_, applied_));
  return out;
}

void State::drop_up_to(const VersionVector& positions) {
  for (const EntryId& position : positions.positions()) {
    Log& log = logs_.at(position.origin);
    while (log.dropped < position.sequence) {
      log.entries.pop_front();
      log.dropped = Sequence{log.dropped.value + 1};
    }
  }
}

const Entry& State::accept(const Change& change, const VersionVector& needed,
                           std::optional<RequestId> request) {
  PASSBOOK_CHECK(!ledger_.refusal(self_, change), "only what the ledger allows is accepted");
  PASSBOOK_CHECK(applied_.covers(needed), "an entry depends only on what its branch has applied");
  return append({.id = {self_, Sequence{own_length().value + 1}},
                 .stamp = clock_.tick(),
                 .dependencies = dependencies(needed),
                 .request = request,
                 .change = change});
}

const Entry& State::apply(Entry entry) {
  PASSBOOK_CHECK(entry.id.origin != self_, "nobody else appends to this branch's log");
  const Entry& applied = append(std::move(entry));
  clock_.tick();
  return applied;
}

const Entry& State::append(Entry entry) {
  const EntryId id = entry.id;
  PASSBOOK_CHECK(id.sequence.value == applied_.at(id.origin).value + 1, "a log has no gaps");
  clock_.observe(entry.stamp);
  ledger_.apply(id.origin, entry.change);
  applied_.raise(id);
  if (const auto* grant = std::get_if<Grant>(&entry.change);
      grant && grant->to == self_ && id.origin != self_) {
    grants_.raise(id);
  }
  ++records_;
  if (entry.request) {
    const Money balance = ledger_.find(account_of(entry.change))->balance();
    remembered_.add({*entry.request, id, entry.change, balance});
  }
  return logs_[id.origin].entries.emplace_back(std::move(entry));
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

}  // namespace passbook
