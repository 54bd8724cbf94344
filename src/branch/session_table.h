// SPDX-License-Identifier: Apache-2.0
// The decisions on each session's requests, which make retries harmless.
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

/// Keeps the decisions on the newest `kSessionWindow` numbers of each session, so memory grows with
/// sessions, not with requests. If memory runs out, sessions are retired: first those of the
/// customer without new decisions for the longest time, and within a customer the session without
/// new decisions for the longest time. No single customer gets more than a quarter of the memory.
///
/// The meaning of an unknown session depends on when it was opened. Retired sessions leave a mark:
/// the last retired session of each customer. Nothing can be said about sessions up to the mark.
///
/// All of this depends only on the order in which decisions are added. So replaying them from a
/// journal gives the same decisions, or more.
class SessionTable {
 public:
  /// `key` must be secret from customers, since they choose the hashed ids. Without `paged`, no
  /// snapshot is ever made of the table and changes are not noted.
  SessionTable(std::size_t most_bytes, std::uint64_t key, bool paged);

  /// Records a final decision. If the request already has one, the first stands.
  void add(const RequestId& request, const Decision& decision);

  /// The decision, or null if it is unknown. Valid until the next call of add.
  const Decision* find(const RequestId& request) const;

  /// Whether a request that is not found may have been decided and forgotten.
  bool may_have_forgotten(const RequestId& request) const;
  /// The last session of this customer that may have been retired. A session opened later is
  /// certainly not forgotten.
  std::uint64_t last_retired(CustomerId customer) const;
  bool knows(const SessionId& session) const { return sessions_.contains(session); }

  /// The memory in use, roughly.
  std::size_t bytes() const { return bytes_; }

  // Each snapshot holds one page: the sessions that changed. If there are many pages, the oldest is
  // written again with the newest, as far as it is still needed. A page is written a few sessions
  // at a time, each as it was when the page was begun: a session that changes before its turn is
  // written first.

  /// Begins the page of a snapshot of `records` records, with the changes since the one before,
  /// which must be finished.
  void begin_page(std::uint64_t records);
  /// Writes up to `most` more sessions. True if all are written.
  bool write_page(std::size_t most);
  /// Returns the page, which must be completely written.
  SessionPage finish_page();
  /// The number of records of the oldest snapshot whose page is still needed.
  std::uint64_t oldest_page() const;
  RetiredSessions retired() const;

  /// Restores a session of this table from a page.
  void restore(const SessionSnapshot& session);
  void forget(const SessionId& session);
  /// All pages were restored. The oldest belongs to a snapshot of `since` records.
  void restored(std::uint64_t since, const RetiredSessions& retired);

 private:
  using Order = std::list<SessionId>;
  using CustomerOrder = std::list<CustomerId>;

  struct Session {
    std::vector<Decision> decisions;  ///< ascending; some may be below the window
    std::uint64_t uncertain_to = 0;
    /// The records of the snapshot that holds its current state; 0 for none.
    std::uint64_t page = 0;
    std::uint64_t changed = 0;  ///< the number of the page that was next when it last changed
    Order::iterator place;
  };
  struct Customer {
    /// The last retired session, or an earlier one than that of all customers.
    std::uint64_t retired = 0;
    std::size_t mark = 0;  ///< its place in `marks_`, from 1; 0 for none
    std::size_t bytes = 0;
    Order sessions;  ///< the session with the latest decision comes last
    CustomerOrder::iterator place;
  };
  struct Hash {
    std::uint64_t key;
    std::size_t operator()(const SessionId& id) const;
    std::size_t operator()(const CustomerId& id) const;
  };
  /// The sessions written in a snapshot; some may be in later ones, too.
  struct Page {
    std::uint64_t records = 0;
    std::deque<SessionId> sessions;
    std::size_t needed = 0;  ///< how many still have the state it holds
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
  CustomerOrder order_;  ///< the customer with the latest decision comes last
  std::uint64_t retired_ = 0;
  std::vector<ClientId> marks_;          ///< the last retired session of each customer who has one
  std::deque<SessionId> changed_;        ///< since the last page was begun; some may be retired
  std::deque<SessionId> newly_retired_;  ///< since the last page was begun
  std::deque<Page> pages_;
  std::uint64_t begun_ = 0;            ///< the number of pages begun
  bool writing_ = false;               ///< whether the last of them is unfinished
  SessionPage written_;                ///< of it
  std::deque<SessionId> due_;          ///< changed before the page was begun, and not yet written
  std::deque<SessionId> due_again_;    ///< in the oldest page, and not yet written again
  std::deque<SessionId> due_retired_;  ///< retired before the page was begun, and not yet written
};

}  // namespace passbook
