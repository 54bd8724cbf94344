// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/customer_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <memory>
#include <mutex>
#include <ranges>
#include <thread>
#include <vector>

#include "rpc/bank_client.h"
#include "rpc/clock.h"
#include "server/log.h"

namespace passbook {
namespace {

void print_line(std::FILE* out, const std::string& line) {
  fmt::print(out, "{}\n", line);
  std::fflush(out);
}

class CustomerHost {
 public:
  CustomerHost(const CustomerOptions& options, const Addresses& addresses, std::FILE* out,
               CustomerRecorder& recorder)
      : options_(options), customer_(options), out_(out), recorder_(recorder) {
    if (!addresses.empty()) {
      find_branches(addresses);
    }
  }

  void take(const AddressLine& line) {
    find_branches(line.branches);
    if (!client_->connect(line.visits, options_.timeout)) {
      log_warning("not all branches to be visited can be reached yet");
    }
    print_line(out_, R"({"ready":true})");
  }

  void take(const BeginLine& line) {
    base_ = line.base;
    customer_.begin_with(line.base);
  }

  void take(const EventLine& line) {
    tell(line.event, perform(customer_, options_, line), customer_.passbook());
  }

  /// A branch that can't answer holds up nobody.
  void take(const QueryAllLine& line) {
    std::vector<std::jthread> queries;
    for (const BranchId branch : branches_) {
      queries.emplace_back([this, branch, extra = line.extra] { query(branch, extra); });
    }
  }

  bool has_addresses() const { return client_ != nullptr; }
  bool all_well() const { return all_well_ && recorded(); }
  /// Whether all that was to be recorded is.
  bool recorded() const { return recorder_.failure().empty(); }

 private:
  void find_branches(const Addresses& addresses) {
    client_ = std::make_unique<BankClient>(addresses);
    branches_.clear();
    std::ranges::copy(addresses | std::views::keys, std::back_inserter(branches_));
  }

  /// One of those that are made at once: in a session of its own, as no client of one session may
  /// call before it has the last answer.
  void query(BranchId branch, Duration extra) {
    CustomerOptions who = options_;
    who.client.session += branch.value;
    Customer customer(who);
    customer.begin_with(base_);
    const CustomerEvent event{
        .id = {}, .interface = Interface::query, .branch = branch, .money = {}};
    tell(event, perform(customer, who, {event, extra}), customer.passbook());
  }

  void tell(const CustomerEvent& event, const Performed& performed, const HeldPassbook& held) {
    const std::scoped_lock lock(mutex_);
    if (!recorded()) {
      log_error(recorder_.failure());
      return;
    }
    all_well_ = all_well_ && (performed.result.reason.empty() ||
                              performed.result.reason == to_string(Outcome::insufficient_funds));
    print_line(out_, write_line(AnswerLine{event, performed, held}));
  }

  Performed perform(Customer& customer, const CustomerOptions& who, const EventLine& line) {
    Customer::Effect effect = customer.step(Customer::Perform{line.event, line.extra}, real_now());
    while (const auto* made = std::get_if<Customer::Call>(&effect)) {
      const Customer::Call call = *made;
      auto reply = make(who, call);
      const Customer::Event event =
          reply ? Customer::Event(std::move(*reply)) : Customer::Event(std::move(reply.error()));
      effect = customer.step(event, real_now());
      const auto* answered = std::get_if<Customer::Answered>(&event);
      const std::scoped_lock lock(mutex_);
      std::ignore = answered != nullptr
                        ? recorder_.answered(who, call, answered->answer, customer.heard_at())
                        : recorder_.unanswered(who, call);
    }
    return std::get<Performed>(effect);
  }

  std::expected<Customer::Answered, Customer::Failed> make(const CustomerOptions& who,
                                                           const Customer::Call& call) {
    {
      const std::scoped_lock lock(mutex_);
      if (!recorder_.calls(who, call)) {
        return std::unexpected(
            Customer::Failed{.why = "it can't be written down", .final = true, .no_effect = true});
      }
    }
    return client_->call(call);
  }

  CustomerOptions options_;
  Customer customer_;
  HeldPassbook base_;
  std::unique_ptr<BankClient> client_;
  std::vector<BranchId> branches_;  ///< that have an address
  std::FILE* out_;
  std::mutex mutex_;  ///< guards what follows, and `out_`
  CustomerRecorder& recorder_;
  bool all_well_ = true;
};

}  // namespace

int run_customer(const CustomerOptions& options, const Addresses& addresses, std::istream& in,
                 std::FILE* out, CustomerRecorder& recorder) {
  CustomerHost host(options, addresses, out, recorder);
  std::string line;
  for (int number = 1; host.recorded() && std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    const auto read = read_customer_line(line);
    if (!read) {
      fmt::print(stderr, "line {}: {}\n", number, read.error());
      return 2;
    }
    if (std::holds_alternative<AddressLine>(*read) && !addresses.empty()) {
      fmt::print(stderr, "line {}: the branches' addresses are given already\n", number);
      return 2;
    }
    if (!std::holds_alternative<AddressLine>(*read) && !std::holds_alternative<BeginLine>(*read) &&
        !host.has_addresses()) {
      fmt::print(stderr, "line {}: no branch has an address yet\n", number);
      return 2;
    }
    std::visit([&](const auto& taken) { host.take(taken); }, *read);
  }
  return host.all_well() ? 0 : 1;
}

}  // namespace passbook
