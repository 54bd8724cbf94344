// SPDX-License-Identifier: Apache-2.0
// The customers' processes, and their calls on the way.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "customer/customer.h"
#include "lab/sim/branches.h"

namespace passbook::sim {

/// Carries calls to branches and answers back, as gRPC does: a call to a branch that is not there
/// waits for it, one that is cut off fails, and each ends at its deadline at the latest.
class Clients {
 public:
  Clients(const Setup& setup, World& world, Network& network, Branches& branches)
      : world_(world), network_(network), branches_(branches), bank_(identity(setup.bank)) {}

  /// A customer. `performed` is told how its events end.
  std::size_t add(const CustomerOptions& options,
                  std::function<void(std::size_t, const Performed&)> performed);
  /// Someone who makes calls that no honest customer makes.
  std::size_t add_odd(ClientId id, std::function<void(std::size_t)> ended);

  Customer& customer(std::size_t client) { return *clients_.at(client).customer; }
  bool busy(std::size_t client) const { return clients_.at(client).call.has_value(); }
  /// A customer that has nothing under way performs an event.
  void perform(std::size_t client, const CustomerEvent& event, Duration extra = {});
  /// An odd one makes a call.
  void call(std::size_t client, BranchId branch, Request request, Duration timeout);
  /// Its process is gone with all that it carried, and a new one begins a new session.
  void begin_anew(std::size_t client, const CustomerOptions& options);

  // From the branches.
  void answered(CallId call, const Answer& answer);
  void cut_off(BranchId branch);

  void happen(const CallArrives& arrives);
  void happen(const CopyArrives& arrives);
  void happen(const CallEnds& ends);

  /// The writes of which a call has ended last, the newest last. Those under way are left out: a
  /// customer that hears TOO_OLD of its first call may take it that nobody else knows its id.
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
    BranchId machine;  ///< where it goes
    bool arrived = false;
    std::uint64_t life = 0;  ///< of the branch that it reached
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
