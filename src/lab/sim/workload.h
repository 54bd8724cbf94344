// SPDX-License-Identifier: Apache-2.0
// What the customers of a simulated bank do, and what odd clients try.
#pragma once

#include <cstdint>
#include <vector>

#include "lab/sim/clients.h"

namespace passbook::sim {

/// Customers deposit, withdraw, ask and move about, each with an acknowledgement level and
/// guarantees of their own, until the time is up. Odd clients send again what others have sent,
/// at the same branch or another, with the same body or another; and send nonsense and made-up
/// passbooks.
class Workload {
 public:
  Workload(const Setup& setup, World& world, Clients& clients);

  void begin();
  /// Nobody begins anything new.
  void end() { over_ = true; }
  /// They go on where the bank is calm, but perhaps in parts. They pay in more, now and then
  /// someone mistypes an amount, and the odd ones ask for what can't be paid.
  void go_on_apart();
  bool busy() const;

  void happen(const ClientActs& acts);

 private:
  struct Person {
    CustomerOptions options;
    BranchId where;
    Random random;
    std::uint32_t hurry = 1;  ///< divides the time between events
    bool rests = false;       ///< and will act
  };

  void rest(std::size_t client);
  CustomerEvent next_event(Person& person);
  Money amount(Random& random, std::int64_t times = 1) const;
  AccountId account(Random& random) const;
  BranchId branch(Random& random) const;
  void be_odd(std::size_t client);
  Passbook made_up_passbook(Random& random) const;
  std::uint64_t session(std::uint64_t low) const;
  void hold_up(Random& random, Request& request) const;
  Request nonsense(Random& random, const Request& as);
  Request sent_again(Random& random, Request request);

  const Setup& setup_;
  World& world_;
  Clients& clients_;
  bool over_ = false;
  bool apart_ = false;
  std::vector<Person> people_;  ///< by client
  std::size_t first_odd_ = 0;
  std::uint64_t odd_number_ = 0;
};

}  // namespace passbook::sim
