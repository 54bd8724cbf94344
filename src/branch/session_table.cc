// SPDX-License-Identifier: Apache-2.0
#include "branch/session_table.h"

#include <algorithm>
#include <utility>

namespace passbook {
namespace {

constexpr std::size_t kMostPages = 16;

/// Of each thing that is allocated by itself, what the allocator takes for it.
constexpr std::size_t kAllocation = 16;

/// A node in the hash table, one in a list.
template <class Key, class Value>
constexpr std::size_t kNodes =
    2 * sizeof(Key) + sizeof(Value) + 5 * sizeof(void*) + 2 * kAllocation;

/// Two rounds of xor, multiplication and shift: without the key nobody can tell what falls
/// together.
std::uint64_t mixed(std::uint64_t hash, std::uint64_t part) {
  for (const std::uint64_t odd : {0xff51afd7ed558ccdU, 0xc4ceb9fe1a85ec53U}) {
    hash = (hash ^ part) * odd;
    hash ^= hash >> 29U;
  }
  return hash;
}

/// The numbers up to this are below the window of a session whose decisions these are.
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

void SessionTable::note_change(const SessionId& id) {
  if (paged_) {
    changed_.push_back(id);
  }
}

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
    note_change(id);
    charge(customer, kNodes<SessionId, Session>);
  } else {
    customer.sessions.splice(customer.sessions.end(), customer.sessions, out.place);
    if (std::exchange(out.page, 0) != 0) {
      note_change(id);
    }
  }
  return out;
}

void SessionTable::add(const RequestId& request, const Decision& decision) {
  const SessionId id = session_of(request);
  Customer& customer = this->customer(id.client.customer);
  const bool unknown = !sessions_.contains(id);
  const bool forgotten = unknown && id.client.session <= std::max(retired_, customer.retired);
  Session& session = this->session(id, customer);
  if (forgotten) {  // what was decided before may have had higher numbers
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

/// What was added last stays.
void SessionTable::make_room(const Customer& latest) {
  while (latest.bytes > most_bytes_ / 4 && latest.sessions.size() > 1) {
    retire(SessionId(latest.sessions.front()));
  }
  while (bytes_ > most_bytes_ && customers_.size() > 1) {
    const auto oldest = customers_.find(order_.front());
    if (oldest->second.sessions.empty()) {
      retired_ = std::max(retired_, oldest->second.retired);
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
  customer.retired = std::max(customer.retired, id.client.session);
  if (paged_) {
    newly_retired_.push_back(id);
  }
  forget(id);
}

void SessionTable::forget(const SessionId& id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) {
    return;
  }
  Customer& customer = customers_.at(id.client.customer);
  const std::size_t bytes =
      kNodes<SessionId, Session> + found->second.decisions.capacity() * sizeof(Decision);
  charge(customer, -static_cast<std::ptrdiff_t>(bytes));
  customer.sessions.erase(found->second.place);
  sessions_.erase(found);
}

/// Puts a session into a snapshot if it is not in one as it is.
void SessionTable::write(const SessionId& id, Page& page, SessionPage& out) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second.page != 0) {
    return;
  }
  Session& session = found->second;
  session.page = page.records;
  page.sessions.push_back(id);
  SessionSnapshot& made = out.sessions.emplace_back(SessionSnapshot{id, session.uncertain_to, {}});
  std::ranges::copy_if(session.decisions, std::back_inserter(made.decisions),
                       [below = below_window(session.decisions)](const Decision& decision) {
                         return decision.number > below;
                       });
}

void SessionTable::write_again(const Page& page) {
  for (const SessionId& id : page.sessions) {
    const auto found = sessions_.find(id);
    if (found != sessions_.end() && found->second.page == page.records) {
      found->second.page = 0;
      changed_.push_back(id);
    }
  }
}

bool SessionTable::is_needed(const Page& page) const {
  return std::ranges::any_of(page.sessions, [&](const SessionId& id) {
    const auto found = sessions_.find(id);
    return found != sessions_.end() && found->second.page == page.records;
  });
}

std::uint64_t SessionTable::turn_page(std::uint64_t records, SessionPage& out) {
  if (pages_.size() == kMostPages) {
    write_again(pages_.front());
  }
  out.retired.insert(out.retired.end(), newly_retired_.begin(), newly_retired_.end());
  newly_retired_.clear();
  Page page{.records = records, .sessions = {}};
  for (const SessionId& id : std::exchange(changed_, {})) {
    write(id, page, out);
  }
  pages_.push_back(std::move(page));
  while (pages_.size() > 1 && !is_needed(pages_.front())) {
    pages_.pop_front();
  }
  return pages_.front().records;
}

RetiredSessions SessionTable::retired() const {
  RetiredSessions out{.of_all = retired_, .of_customers = {}};
  for (const auto& [id, customer] : customers_) {
    if (customer.retired > retired_) {
      out.of_customers.push_back({id, customer.retired});
    }
  }
  std::ranges::sort(out.of_customers);
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
    customer(last.customer).retired = last.session;
  }
  Page page{.records = since, .sessions = {}};
  for (const SessionId& id : std::exchange(changed_, {})) {
    const auto found = sessions_.find(id);
    if (found != sessions_.end() && std::exchange(found->second.page, since) == 0) {
      page.sessions.push_back(id);
    }
  }
  pages_ = {std::move(page)};
}

}  // namespace passbook
