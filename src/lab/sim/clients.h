// SPDX-License-Identifier: Apache-2.0
// The customers' processes, and their calls in transit.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "customer/customer.h"
#include "lab/sim/branches.h"

namespace passbook::sim {

/// Carries calls to branches and answers back, as gRPC does: a call waits for a branch that is
/// down, fails when it is cut off, and ends at its deadline at the latest.
class Clients {
 public:
  Clients(const Setup& setup, World& world, Network& network, Branches& branches)
      : world_(world), network_(network), branches_(branches), bank_(identity(setup.bank)) {}

  /// Adds a customer. `performed` is called when its events end.
  std::size_t add(const CustomerOptions& options,
                  std::function<void(std::size_t, const Performed&)> performed);
  /// Adds a client that makes calls which no honest customer makes.
  std::size_t add_odd(ClientId id, std::function<void(std::size_t)> ended);

  Customer& customer(std::size_t client) { return *clients_.at(client).customer; }
  bool busy(std::size_t client) const { return clients_.at(client).call.has_value(); }
  /// A customer with no event under way performs one.
  void perform(std::size_t client, const CustomerEvent& event, Duration extra = {});
  /// An odd client makes a call.
  void call(std::size_t client, BranchId branch, Request request, Duration timeout);
  /// Replaces the customer's process, which loses everything that it carried, and begins a new
  /// session.
  void begin_anew(std::size_t client, const CustomerOptions& options);

  // Answers of branches.
  void answered(CallId call, const Answer& answer);
  void cut_off(BranchId branch);

  void happen(const CallArrives& arrives);
  void happen(const CopyArrives& arrives);
  void happen(const CallEnds& ends);

  /// The writes with the latest ended calls, the newest last. Writes under way are left out: a
  /// customer whose first call is answered TOO_OLD may assume that nobody else knows its id.
  const std::vector<Request>& asked() const { return asked_; }

 private:
  struct Client {
    ClientId id;
    Guarantees wanted;
    std::optional<Customer> customer;
    std::function<void(std::size_t, const Performed&)> performed;
    std::function<void(std::size_t)> ended;
    std::optional<CallId> call;
  };
  struct Call {
    std::size_t client = 0;
    Customer::Call made;
    BranchId machine;  ///< its destination
    bool arrived = false;
    std::uint64_t process_number = 0;  ///< of the branch when the call reached it
  };

  void follow(std::size_t client, Customer::Effect effect);
  void make(std::size_t client, Customer::Call call);
  void note(const Request& request);

  World& world_;
  Network& network_;
  Branches& branches_;
  BankId bank_;
  std::vector<Client> clients_;
  std::map<CallId, Call> calls_;
  std::uint64_t last_call_ = 0;
  std::vector<Request> asked_;
};

}  // namespace passbook::sim
