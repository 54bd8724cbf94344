// SPDX-License-Identifier: Apache-2.0
// What was decided about the requests of each session: what makes a retry harmless.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "protocol/records.h"

namespace passbook {

/// Of each session, the decisions about its newest `kSessionWindow` numbers. So memory goes by
/// sessions, not by requests. Where it is not enough for all, sessions are retired: first those of
/// the customer who decided nothing for the longest time; of one customer, the one in which nothing
/// was decided for the longest time. Nobody gets more than a quarter for himself.
///
/// What follows from a session being unknown depends on when it was opened: what was retired leaves
/// a mark, a session of each customer, and up to that nothing can be said.
///
/// All of this follows from the order in which decisions are added. So a journal that replays them
/// finds the same, or more.
class SessionTable {
 public:
  /// `key` is not known to customers, who choose what is hashed. Without `paged` no snapshot is
  /// ever made of it, and what has changed is not noted.
  SessionTable(std::size_t most_bytes, std::uint64_t key, bool paged);

  /// A request is decided for ever. The first decision stands.
  void add(const RequestId& request, const Decision& decision);

  /// What was decided; nothing when that is not known. Until the next call of add.
  const Decision* find(const RequestId& request) const;

  /// Whether a request that is not found may have been decided all the same.
  bool may_have_forgotten(const RequestId& request) const;
  /// A session of this customer that was opened later is surely not forgotten.
  std::uint64_t last_retired(CustomerId customer) const;
  bool knows(const SessionId& session) const { return sessions_.contains(session); }

  /// What all of this takes, roughly.
  std::size_t bytes() const { return bytes_; }

  // Snapshots hold what changed, a page each. When there are many, the oldest page is written again
  // with the newest, as far as it is still needed. A page is written a few sessions at a time, as
  // they are when it is begun: one that changes before its turn is written first.

  /// Begins the page of a snapshot of so many records, with what happened since the one before,
  /// which is finished.
  void begin_page(std::uint64_t records);
  /// Writes up to so many sessions more. True when all are written.
  bool write_page(std::size_t most);
  /// The page, all of which is written.
  SessionPage finish_page();
  /// The records of the oldest snapshot whose page is still needed.
  std::uint64_t oldest_page() const;
  RetiredSessions retired() const;

  /// Takes back what a page held of the sessions of this table.
  void restore(const SessionSnapshot& session);
  void forget(const SessionId& session);
  /// All pages were taken back, of which the oldest was of a snapshot of so many records.
  void restored(std::uint64_t since, const RetiredSessions& retired);

 private:
  using Order = std::list<SessionId>;
  using CustomerOrder = std::list<CustomerId>;

  struct Session {
    std::vector<Decision> decisions;  ///< ascending; some may be below the window
    std::uint64_t uncertain_to = 0;
    std::uint64_t page = 0;     ///< the records of the snapshot that holds it as it is; 0 for none
    std::uint64_t changed = 0;  ///< the number of the page that was next when it changed last
    Order::iterator place;
  };
  struct Customer {
    std::uint64_t retired = 0;  ///< the last session, or an earlier one than that of all
    std::size_t mark = 0;       ///< which of `marks_` says so, from 1; 0 for none
    std::size_t bytes = 0;
    Order sessions;  ///< what was decided in last comes last
    CustomerOrder::iterator place;
  };
  struct Hash {
    std::uint64_t key;
    std::size_t operator()(const SessionId& id) const;
    std::size_t operator()(const CustomerId& id) const;
  };
  /// The sessions that a snapshot has written; some may be in later ones, too.
  struct Page {
    std::uint64_t records = 0;
    std::deque<SessionId> sessions;
    std::size_t needed = 0;  ///< how many are as it holds them
  };

  Customer& customer(CustomerId id);
  Session& session(const SessionId& id, Customer& customer);
  void insert(const Decision& decision, Session& session, Customer& customer);
  void retire(const SessionId& id);
  void make_room(const Customer& latest);
  void set_mark(ClientId last, Customer& customer);
  void drop_mark(const Customer& customer);
  void write(const SessionId& id, Session& session);
  void write_from(std::deque<SessionId>& due, std::uint64_t page, std::size_t& most);
  void leave_page(Session& session);
  void charge(Customer& customer, std::ptrdiff_t bytes);

  std::size_t most_bytes_;
  bool paged_;
  std::size_t bytes_ = 0;
  std::unordered_map<SessionId, Session, Hash> sessions_;
  std::unordered_map<CustomerId, Customer, Hash> customers_;
  CustomerOrder order_;  ///< for whom something was decided last comes last
  std::uint64_t retired_ = 0;
  std::vector<ClientId> marks_;          ///< the last retired session of each customer who has one
  std::deque<SessionId> changed_;        ///< since the last page was begun; some may be retired
  std::deque<SessionId> newly_retired_;  ///< since the last page was begun
  std::deque<Page> pages_;
  std::uint64_t begun_ = 0;            ///< how many pages were begun
  bool writing_ = false;               ///< whether the last of them is not finished
  SessionPage written_;                ///< of it
  std::deque<SessionId> due_;          ///< changed before it was begun; their turn is to come
  std::deque<SessionId> due_again_;    ///< in the oldest page, likewise
  std::deque<SessionId> due_retired_;  ///< retired before it was begun, likewise
};

}  // namespace passbook
