// SPDX-License-Identifier: Apache-2.0
// The customers of a simulated bank, and the odd clients.
#pragma once

#include <cstdint>
#include <vector>

#include "lab/sim/clients.h"

namespace passbook::sim {

/// Customers deposit, withdraw, query and move between branches, each with an acknowledgement level
/// and guarantees of their own, until the time is up. Odd clients repeat others' requests, at the
/// same branch or another, with the same body or another; they also send nonsense and made-up
/// passbooks.
class Workload {
 public:
  Workload(const Setup& setup, World& world, Clients& clients);

  void begin();
  /// No client begins anything new from now on.
  void end() { over_ = true; }
  /// Clients go on in a bank that is calm but perhaps in parts. They deposit more, now and then
  /// someone mistypes an amount, and the odd clients ask for amounts that can't be paid.
  void go_on_apart();
  bool busy() const;

  void happen(const ClientActs& acts);

 private:
  struct Person {
    CustomerOptions options;
    BranchId where;
    Random random;
    std::uint32_t hurry = 1;  ///< divides the time between events
    bool rests = false;       ///< and will act later
  };

  void rest(std::size_t client);
  CustomerEvent next_event(Person& person);
  Money amount(Random& random, std::int64_t times = 1) const;
  AccountId account(Random& random) const;
  BranchId branch(Random& random) const;
  void act_as_odd_client(std::size_t client);
  Passbook made_up_passbook(Random& random) const;
  std::uint64_t session(std::uint64_t low) const;
  void make_unpayable_withdrawal(Random& random, Request& request) const;
  Request nonsense(Random& random, const Request& as);
  Request sent_again(Random& random, Request request);

  const Setup& setup_;
  World& world_;
  Clients& clients_;
  bool over_ = false;
  std::uint64_t acts_ = 0;
  bool apart_ = false;
  std::vector<Person> people_;  ///< by client
  std::size_t first_odd_ = 0;
  std::uint64_t odd_number_ = 0;
};

}  // namespace passbook::sim
