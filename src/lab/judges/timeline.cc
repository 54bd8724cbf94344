// SPDX-License-Identifier: Apache-2.0
#include "lab/judges/timeline.h"

#include <algorithm>

namespace passbook::history {
namespace {

template <EventKind kind, class T>
constexpr bool kMeans = std::is_same_v<std::variant_alternative_t<std::size_t(kind), What>, T>;
static_assert(kMeans<EventKind::invoked, Invoked> && kMeans<EventKind::answered, Answered> &&
              kMeans<EventKind::started, Started> && kMeans<EventKind::arrived, Arrived> &&
              kMeans<EventKind::applied, Applied> && kMeans<EventKind::synced, Synced> &&
              kMeans<EventKind::replied, Replied> && kMeans<EventKind::crashed, Crashed> &&
              kMeans<EventKind::stopped, Stopped> && kMeans<EventKind::paused, Paused> &&
              kMeans<EventKind::resumed, Resumed> && kMeans<EventKind::disk_lost, DiskLost> &&
              kMeans<EventKind::faults_over, FaultsOver> && kMeans<EventKind::audited, Audited> &&
              kMeans<EventKind::ended, Ended> && kMeans<EventKind::twin, Twin> &&
              kMeans<EventKind::forked, Forked> && kMeans<EventKind::worked, Worked> &&
              kMeans<EventKind::calm, Calm> && kMeans<EventKind::made_up, MadeUp> &&
              kMeans<EventKind::grouped, Grouped>);

}  // namespace

/// Goes through the events once, and fills in a timeline.
class TimelineBuilder {
 public:
  explicit TimelineBuilder(Timeline& out) : out_(out), events_(out.history.events) {}

  void build() {
    add_bank();
    out_.facts.resize(events_.size());
    for (now_ = 0; now_ < events_.size(); ++now_) {
      fact().kind = static_cast<EventKind>(events_[now_].what.index());
      std::visit([&](const auto& what) { take(what); }, events_[now_].what);
    }
    out_.first_change_.push_back(static_cast<Index>(out_.changes_.size()));
    sort_holders();
    close();
  }

 private:
  /// The state of a branch at the current event.
  struct Replica {
    Index origin = kNone;
    std::vector<Index> list;  // holdings
    std::size_t synced = 0;
  };

  Fact& fact() { return out_.facts[now_]; }

  void add_bank() {
    for (const BranchId id : out_.history.bank.branches) {
      const Index branch = add_branch(id);
      out_.branches[branch].of_bank = true;
      replicas_[branch].origin = add_origin({id, Incarnation{1}});
    }
    out_.of_bank = static_cast<Index>(out_.branches.size());
    for (const Account& account : out_.history.bank.accounts) {
      const Index number = add_account(account.id);
      out_.accounts[number] = {account.id, account.opening, account.limit, true};
    }
  }

  Index add_branch(BranchId id) {
    const Index branch = out_.branch_numbers_.add(id);
    if (branch == out_.branches.size()) {
      out_.branches.push_back({.id = id, .events = {}, .origins = {}});
      replicas_.emplace_back();
    }
    return branch;
  }

  Index add_origin(const Origin& id) {
    const Index branch = add_branch(id.branch);
    if (const Index known = out_.origin_number(id); known != kNone) {
      return known;
    }
    const auto origin = static_cast<Index>(out_.origins.size());
    out_.origins.push_back({.id = id, .branch = branch, .newest = {}});
    out_.branches[branch].origins.push_back(origin);
    return origin;
  }

  Index add_account(AccountId id) {
    const Index account = out_.account_numbers.add(id);
    if (account == out_.accounts.size()) {
      out_.accounts.push_back({.id = id, .opening = {}, .limit = {}});
    }
    return account;
  }

  Index add_client(const ClientId& id) {
    const Index client = out_.clients.add(id);
    if (client == out_.client_calls.size()) {
      out_.client_calls.push_back(false);
      out_.made_up.push_back(false);
    }
    return client;
  }

  Index add_request(const RequestId& id) {
    const Index request = out_.request_ids.add(id);
    if (request == out_.requests.size()) {
      out_.requests.push_back(
          {.owner = add_client(id.client), .home = add_branch(id.origin.branch)});
    }
    return request;
  }

  /// A branch recorded an event.
  Index told_by(BranchId id) {
    const Index branch = add_branch(id);
    BranchFacts& facts = out_.branches[branch];
    if (facts.events.empty()) {
      facts.blind_from = kNone;
      facts.alive = true;
      if (replicas_[branch].origin == kNone) {
        replicas_[branch].origin = add_origin({id, Incarnation{1}});
      }
    }
    facts.events.push_back(now_);
    fact().actor = branch;
    return branch;
  }

  void blind(Index branch) {
    out_.branches[branch].blind_from = std::min(out_.branches[branch].blind_from, now_);
  }

  void take(const Invoked& call) {
    const Index request = add_request(call.request);
    const Index client = add_client(call.client);
    out_.client_calls[client] = true;
    RequestFacts& facts = out_.requests[request];
    const auto number = static_cast<Index>(out_.calls.size());
    out_.calls.push_back({.client = client,
                          .request = request,
                          .branch = add_branch(call.branch),
                          .invoked = now_,
                          .previous = facts.last_call});
    facts.last_call = number;
    facts.first_call = facts.first_call == kNone ? number : facts.first_call;
    fact() = {EventKind::invoked, client, request, number};
  }

  void take(const Answered& answer) {
    const Index request = add_request(answer.request);
    const Index client = add_client(answer.client);
    fact() = {EventKind::answered, client, request, kNone};
    Index number = out_.requests[request].last_call;
    while (number != kNone && out_.calls[number].client != client) {
      number = out_.calls[number].previous;
    }
    if (number == kNone || out_.calls[number].answered != kNone) {
      return;
    }
    fact().link = number;
    out_.calls[number].answered = now_;
    find_reply(number, answer);
  }

  /// Finds the reply that an answer shows, made since the call began.
  void find_reply(Index number, const Answered& answer) {
    Call& call = out_.calls[number];
    Index reply = out_.requests[call.request].last_reply;
    for (; reply != kNone && out_.replies[reply].event > call.invoked;
         reply = out_.replies[reply].previous) {
      const auto& said = out_.get<Replied>(out_.replies[reply].event);
      if (out_.replies[reply].branch != call.branch || said.result != answer.result ||
          said.balance != answer.balance) {
        continue;
      }
      if (call.reply != kNone) {
        call.ambiguous = true;
        return;
      }
      call.reply = reply;
      out_.replies[reply].call = number;
    }
  }

  void take(const Started& start) {
    const Index branch = told_by(start.branch);
    const Index twin_of = out_.branches[branch].twin_of;
    const BranchId id = twin_of == kNone ? start.branch : out_.branches[twin_of].id;
    const Index origin = add_origin({id, start.incarnation});
    Replica& replica = replicas_[branch];
    BranchFacts& facts = out_.branches[branch];
    const bool same = replica.origin == origin;
    facts.alive = true;
    facts.last_start = now_;
    const std::size_t keep = same ? start.entries : 0;
    if (start.entries > (same ? replica.list.size() : 0)) {
      blind(branch);
    }
    fact().link = static_cast<Index>(out_.restarts.size());
    out_.restarts.push_back({origin, same, out_.undone_.size(), 0});
    cut(replica, keep);
    out_.restarts.back().count = out_.undone_.size() - out_.restarts.back().first;
    if (!same || out_.restarts.back().count > 0) {
      lose(replica.origin);
    }
    sync(replica, replica.list.size());
    replica.origin = origin;
  }

  void cut(Replica& replica, std::size_t keep) {
    while (replica.list.size() > keep) {
      out_.holdings[replica.list.back()].gone = now_;
      out_.undone_.push_back(replica.list.back());
      replica.list.pop_back();
    }
    replica.synced = std::min(replica.synced, replica.list.size());
  }

  void lose(Index origin) {
    Index& from = out_.origins[origin].lost_from;
    from = std::min(from, now_);
  }

  void sync(Replica& replica, std::size_t entries) {
    for (; replica.synced < std::min(entries, replica.list.size()); ++replica.synced) {
      out_.holdings[replica.list[replica.synced]].synced = now_;
    }
  }

  void take(const Arrived& arrived) {
    told_by(arrived.branch);
    fact().request = add_request(arrived.request);
  }

  void take(const Applied& applied) {
    const Index branch = told_by(applied.branch);
    const Index origin = add_origin(applied.entry.origin);
    const bool here = replicas_[branch].origin == origin;
    const Index entry = add_entry(applied, origin, here);
    EntryFacts& facts = out_.entries[entry];
    if (here && facts.accepted == kNone) {
      facts.accepted = now_;
    }
    fact().request = facts.request;
    fact().link = static_cast<Index>(out_.holdings.size());
    out_.holdings.push_back({.event = now_, .branch = branch, .entry = entry, .accepted = here});
    replicas_[branch].list.push_back(fact().link);
  }

  /// Whether the origin accepted the entry, and forgot it before it was synced. If it accepts one
  /// again, that is another entry, even with the same number and content.
  bool forgotten(const EntryFacts& entry) const {
    return entry.accepted != kNone && out_.holdings[out_.facts[entry.accepted].link].gone != kNone;
  }

  /// The place of the newest entry of an id. Numbers that no honest log reaches are kept apart.
  Index& newest(const EntryId& id, Index origin) {
    if (id.sequence.value > events_.size()) {
      const Index number = odd_ids_.add(id);
      odd_.resize(std::max<std::size_t>(odd_.size(), number + 1), kNone);
      return odd_[number];
    }
    std::vector<Index>& log = out_.origins[origin].newest;
    if (log.size() <= id.sequence.value) {
      log.resize(id.sequence.value + 1, kNone);
    }
    return log[id.sequence.value];
  }

  Index add_entry(const Applied& applied, Index origin, bool accepts) {
    Index& newest_of_id = newest(applied.entry, origin);
    for (Index same = newest_of_id; same != kNone; same = out_.entries[same].older) {
      const auto& first = out_.get<Applied>(out_.entries[same].first);
      const bool other = accepts && forgotten(out_.entries[same]);
      if (!other && first.request == applied.request && first.legs == applied.legs) {
        return same;
      }
    }
    const auto entry = static_cast<Index>(out_.entries.size());
    EntryFacts facts{.id = applied.entry, .origin = origin, .first = now_, .older = newest_of_id};
    newest_of_id = entry;
    if (applied.request) {
      facts.request = add_request(*applied.request);
      facts.next_of_request = out_.requests[facts.request].last_entry;
      out_.requests[facts.request].last_entry = entry;
    }
    out_.entries.push_back(facts);
    out_.first_change_.push_back(static_cast<Index>(out_.changes_.size()));
    for (const Leg& leg : applied.legs) {
      add_change(leg, origin);
    }
    return entry;
  }

  void add_change(const Leg& leg, Index origin) {
    if (const auto* money = std::get_if<MoneyLeg>(&leg)) {
      out_.changes_.push_back({add_account(money->account), kNone, origin, money->change});
      return;
    }
    const auto& rights = std::get<RightsLeg>(leg);
    out_.changes_.push_back({add_account(rights.account), add_origin(rights.from),
                             add_origin(rights.to), rights.amount});
  }

  void take(const Synced& synced) {
    const Index branch = told_by(synced.branch);
    if (synced.entries > replicas_[branch].list.size()) {
      blind(branch);
    }
    sync(replicas_[branch], synced.entries);
  }

  void take(const Replied& replied) {
    const Index branch = told_by(replied.branch);
    const Index request = add_request(replied.request);
    const Replica& replica = replicas_[branch];
    const auto number = static_cast<Index>(out_.replies.size());
    out_.replies.push_back({.event = now_,
                            .branch = branch,
                            .request = request,
                            .origin = replica.origin,
                            .top = replica.list.empty() ? kNone : replica.list.back(),
                            .previous = out_.requests[request].last_reply});
    out_.requests[request].last_reply = number;
    fact().request = request;
    fact().link = number;
  }

  void take(const Crashed& crashed) { out_.branches[told_by(crashed.branch)].alive = false; }
  void take(const Stopped& stopped) { out_.branches[told_by(stopped.branch)].alive = false; }
  void take(const Paused& paused) { told_by(paused.branch); }
  void take(const Resumed& resumed) { told_by(resumed.branch); }
  void take(const DiskLost& lost) { lose(replicas_[told_by(lost.branch)].origin); }
  void take(const FaultsOver& /*over*/) { out_.faults_over = now_; }
  void take(const Audited& audited) {
    told_by(audited.branch);
    add_account(audited.account);
    for (const Audited::Rights& rights : audited.rights) {
      add_origin(rights.origin);
    }
  }
  void take(const Ended& /*ended*/) { out_.ended = now_; }
  void take(const Worked& /*worked*/) {}
  void take(const Calm& /*calm*/) {}
  void take(const Grouped& grouped) { told_by(grouped.branch); }
  void take(const MadeUp& made_up) { out_.made_up[add_client(made_up.client)] = true; }
  void take(const Twin& twin) {
    const Index of = add_branch(twin.of);
    out_.branches[told_by(twin.branch)].twin_of = of;
  }
  void take(const Forked& forked) {
    told_by(forked.branch);
    out_.branches[add_branch(forked.of)].forked = true;
  }

  void sort_holders() {
    std::vector<Index>& first = out_.first_holder_;
    first.assign(out_.entries.size() + 1, 0);
    for (const Holding& holding : out_.holdings) {
      ++first[holding.entry + 1];
    }
    for (std::size_t entry = 1; entry < first.size(); ++entry) {
      first[entry] += first[entry - 1];
    }
    std::vector<Index> next(first.begin(), first.end() - 1);
    out_.holders_.resize(out_.holdings.size());
    for (Index holding = 0; holding < out_.holdings.size(); ++holding) {
      out_.holders_[next[out_.holdings[holding].entry]++] = holding;
    }
  }

  /// Fills in the facts that need the whole history.
  void close() {
    for (const Holding& holding : out_.holdings) {
      if (holding.gone == kNone && out_.branches[holding.branch].alive) {
        const EntryFacts& entry = out_.entries[holding.entry];
        std::uint64_t& kept = out_.origins[entry.origin].kept;
        kept = std::max(kept, entry.id.sequence.value);
      }
    }
  }

  Timeline& out_;
  const std::vector<Event>& events_;
  Index now_ = 0;
  std::vector<Replica> replicas_;  // by branch
  Numbering<EntryId> odd_ids_;
  std::vector<Index> odd_;
};

Timeline::Timeline(const History& of) : history(of) { TimelineBuilder(*this).build(); }

}  // namespace passbook::history
