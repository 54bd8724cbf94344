// SPDX-License-Identifier: Apache-2.0
#include "branch/session_table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace passbook {
namespace {

constexpr std::size_t kMostPages = 16;

/// The allocator's overhead for each allocation.
constexpr std::size_t kAllocation = 16;

/// The size of a node in the hash table and one in a list.
template <class Key, class Value>
constexpr std::size_t kNodes =
    2 * sizeof(Key) + sizeof(Value) + 5 * sizeof(void*) + 2 * kAllocation;

/// Two rounds of xor, multiplication and shift. Without the key nobody can predict collisions.
std::uint64_t mixed(std::uint64_t hash, std::uint64_t part) {
  for (const std::uint64_t odd : {0xff51afd7ed558ccdU, 0xc4ceb9fe1a85ec53U}) {
    hash = (hash ^ part) * odd;
    hash ^= hash >> 29U;
  }
  return hash;
}

/// The highest number below the window of a session with these decisions.
std::uint64_t below_window(const std::vector<Decision>& decisions) {
  const std::uint64_t highest = decisions.empty() ? 0 : decisions.back().number;
  return highest < kSessionWindow ? 0 : highest - kSessionWindow;
}

}  // namespace

std::size_t SessionTable::Hash::operator()(const SessionId& id) const {
  const std::uint64_t origin =
      std::uint64_t{id.origin.incarnation.value} << 32U | id.origin.branch.value;
  return mixed(mixed(mixed(key, origin), id.client.customer.value), id.client.session);
}

std::size_t SessionTable::Hash::operator()(const CustomerId& id) const {
  return mixed(key, id.value);
}

SessionTable::SessionTable(std::size_t most_bytes, std::uint64_t key, bool paged)
    : most_bytes_(most_bytes), paged_(paged), sessions_(0, Hash{key}), customers_(0, Hash{key}) {}

const Decision* SessionTable::find(const RequestId& request) const {
  const auto found = sessions_.find(session_of(request));
  if (found == sessions_.end()) {
    return nullptr;
  }
  const auto& decisions = found->second.decisions;
  const auto at = std::ranges::lower_bound(decisions, request.number, {}, &Decision::number);
  const bool there = at != decisions.end() && at->number == request.number;
  return there && at->number > below_window(decisions) ? &*at : nullptr;
}

bool SessionTable::may_have_forgotten(const RequestId& request) const {
  const auto found = sessions_.find(session_of(request));
  if (found == sessions_.end()) {
    return request.client.session <= last_retired(request.client.customer);
  }
  const Session& session = found->second;
  return request.number <= std::max(session.uncertain_to, below_window(session.decisions));
}

std::uint64_t SessionTable::last_retired(CustomerId customer) const {
  const auto found = customers_.find(customer);
  return found == customers_.end() ? retired_ : std::max(retired_, found->second.retired);
}

void SessionTable::charge(Customer& customer, std::ptrdiff_t bytes) {
  bytes_ += static_cast<std::size_t>(bytes);
  customer.bytes += static_cast<std::size_t>(bytes);
}

SessionTable::Customer& SessionTable::customer(CustomerId id) {
  const auto [found, added] = customers_.try_emplace(id);
  if (added) {
    found->second.place = order_.insert(order_.end(), id);
    bytes_ += kNodes<CustomerId, Customer>;
  } else {
    order_.splice(order_.end(), order_, found->second.place);
  }
  return found->second;
}

SessionTable::Session& SessionTable::session(const SessionId& id, Customer& customer) {
  const auto [found, added] = sessions_.try_emplace(id);
  Session& out = found->second;
  if (added) {
    out.place = customer.sessions.insert(customer.sessions.end(), id);
    charge(customer, kNodes<SessionId, Session>);
  } else {
    customer.sessions.splice(customer.sessions.end(), customer.sessions, out.place);
  }
  if (paged_ && out.changed <= begun_) {
    write(id, out);
    leave_page(out);
    out.changed = begun_ + 1;
    changed_.push_back(id);
  }
  return out;
}

void SessionTable::add(const RequestId& request, const Decision& decision) {
  const SessionId id = session_of(request);
  Customer& customer = this->customer(id.client.customer);
  const bool unknown = !sessions_.contains(id);
  const bool forgotten = unknown && id.client.session <= std::max(retired_, customer.retired);
  Session& session = this->session(id, customer);
  if (forgotten) {  // earlier decisions may have had higher numbers
    session.uncertain_to = decision.number + std::min(kSessionWindow, UINT64_MAX - decision.number);
  }
  insert(decision, session, customer);
  make_room(customer);
}

void SessionTable::insert(const Decision& decision, Session& session, Customer& customer) {
  auto& decisions = session.decisions;
  const std::size_t before = decisions.capacity();
  if (decisions.size() == before) {
    std::erase_if(decisions, [below = below_window(decisions)](const Decision& old) {
      return old.number <= below;
    });
  }
  const auto at = std::ranges::lower_bound(decisions, decision.number, {}, &Decision::number);
  if (at == decisions.end() || at->number != decision.number) {
    decisions.insert(at, decision);
  }
  const std::size_t more = (decisions.capacity() - before) * sizeof(Decision);
  charge(customer, static_cast<std::ptrdiff_t>(more));
}

/// Retires sessions until memory suffices. The session added last stays.
void SessionTable::make_room(const Customer& latest) {
  while (latest.bytes > most_bytes_ / 4 && latest.sessions.size() > 1) {
    retire(SessionId(latest.sessions.front()));
  }
  while (bytes_ > most_bytes_ && customers_.size() > 1) {
    const auto oldest = customers_.find(order_.front());
    if (oldest->second.sessions.empty()) {
      retired_ = std::max(retired_, oldest->second.retired);
      drop_mark(oldest->second);
      order_.pop_front();
      bytes_ -= kNodes<CustomerId, Customer>;
      customers_.erase(oldest);
    } else {
      retire(SessionId(oldest->second.sessions.front()));
    }
  }
}

void SessionTable::retire(const SessionId& id) {
  Customer& customer = customers_.at(id.client.customer);
  set_mark({id.client.customer, std::max(customer.retired, id.client.session)}, customer);
  if (paged_) {
    write(id, sessions_.at(id));
    newly_retired_.push_back(id);
  }
  forget(id);
}

void SessionTable::set_mark(ClientId last, Customer& customer) {
  if (customer.mark == 0) {
    marks_.emplace_back();
    customer.mark = marks_.size();
    bytes_ += sizeof(ClientId);
  }
  customer.retired = last.session;
  marks_[customer.mark - 1] = last;
}

/// Removes a customer's mark. The last mark takes its place.
void SessionTable::drop_mark(const Customer& customer) {
  if (customer.mark == 0) {
    return;
  }
  const ClientId last = marks_.back();
  marks_[customer.mark - 1] = last;
  customers_.at(last.customer).mark = customer.mark;
  marks_.pop_back();
  bytes_ -= sizeof(ClientId);
}

void SessionTable::forget(const SessionId& id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) {
    return;
  }
  leave_page(found->second);
  Customer& customer = customers_.at(id.client.customer);
  const std::size_t bytes =
      kNodes<SessionId, Session> + found->second.decisions.capacity() * sizeof(Decision);
  charge(customer, -static_cast<std::ptrdiff_t>(bytes));
  customer.sessions.erase(found->second.place);
  sessions_.erase(found);
}

/// Notes that a session no longer has the state that its page holds.
void SessionTable::leave_page(Session& session) {
  if (session.page != 0) {
    --std::ranges::lower_bound(pages_, session.page, {}, &Page::records)->needed;
    session.page = 0;
  }
}

/// Adds a session to the page being written, if it existed when the page was begun, and has neither
/// changed since nor been written.
void SessionTable::write(const SessionId& id, Session& session) {
  const bool as_it_was = session.changed > 0 && session.changed <= begun_;
  if (!writing_ || !as_it_was || session.page == pages_.back().records) {
    return;
  }
  leave_page(session);
  Page& page = pages_.back();
  session.page = page.records;
  page.sessions.push_back(id);
  ++page.needed;
  SessionSnapshot& made =
      written_.sessions.emplace_back(SessionSnapshot{id, session.uncertain_to, {}});
  std::ranges::copy_if(session.decisions, std::back_inserter(made.decisions),
                       [below = below_window(session.decisions)](const Decision& decision) {
                         return decision.number > below;
                       });
}

void SessionTable::begin_page(std::uint64_t records) {
  PASSBOOK_CHECK(!writing_, "one page is written at a time");
  writing_ = true;
  ++begun_;
  due_.swap(changed_);
  due_retired_.swap(newly_retired_);
  if (pages_.size() == kMostPages) {
    due_again_.swap(pages_.front().sessions);
  }
  pages_.push_back({.records = records, .sessions = {}, .needed = 0});
  written_.sessions.reserve(sessions_.size());  // growing it later would move all of them at once
  written_.retired.reserve(due_retired_.size());
}

/// Writes the sessions in `due` that are still in page `page`, or in none if it is 0. Others have
/// been written elsewhere by now.
void SessionTable::write_from(std::deque<SessionId>& due, std::uint64_t page, std::size_t& most) {
  for (; most > 0 && !due.empty(); --most, due.pop_front()) {
    const auto found = sessions_.find(due.front());
    if (found != sessions_.end() && found->second.page == page) {
      write(found->first, found->second);
    }
  }
}

bool SessionTable::write_page(std::size_t most) {
  write_from(due_, 0, most);
  write_from(due_again_, pages_.front().records, most);
  for (; most > 0 && !due_retired_.empty(); --most, due_retired_.pop_front()) {
    written_.retired.push_back(due_retired_.front());
  }
  return due_.empty() && due_again_.empty() && due_retired_.empty();
}

SessionPage SessionTable::finish_page() {
  writing_ = false;
  while (pages_.size() > 1 && pages_.front().needed == 0) {
    pages_.pop_front();
  }
  return std::exchange(written_, {});
}

std::uint64_t SessionTable::oldest_page() const { return pages_.front().records; }

RetiredSessions SessionTable::retired() const {
  RetiredSessions out{.of_all = retired_, .of_customers = {}};
  std::ranges::copy_if(marks_, std::back_inserter(out.of_customers),
                       [&](const ClientId& mark) { return mark.session > retired_; });
  return out;
}

void SessionTable::restore(const SessionSnapshot& snapshot) {
  forget(snapshot.id);
  Customer& customer = this->customer(snapshot.id.client.customer);
  Session& session = this->session(snapshot.id, customer);
  session.uncertain_to = snapshot.uncertain_to;
  session.decisions = snapshot.decisions;
  charge(customer, static_cast<std::ptrdiff_t>(session.decisions.capacity() * sizeof(Decision)));
}

void SessionTable::restored(std::uint64_t since, const RetiredSessions& retired) {
  retired_ = retired.of_all;
  for (const ClientId& last : retired.of_customers) {
    set_mark(last, customer(last.customer));
  }
  Page page{.records = since, .sessions = {}, .needed = 0};
  for (const SessionId& id : std::exchange(changed_, {})) {
    const auto found = sessions_.find(id);
    if (found != sessions_.end() && std::exchange(found->second.page, since) == 0) {
      page.sessions.push_back(id);
    }
  }
  page.needed = page.sessions.size();
  pages_ = {std::move(page)};
  ++begun_;
}

}  // namespace passbook
