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

#include "lab/scenario/json_tree.h"
#include "rpc/bank_client.h"
#include "rpc/clock.h"
#include "server/log.h"

namespace passbook {
namespace {

void print_line(std::FILE* out, const std::string& line) {
  std::fputs((line + '\n').c_str(), out);
  std::fflush(out);
}

/// "deposit 170 at branch 2: success, balance 570".
std::string text_of(const CustomerEvent& event, const EventResult& result) {
  std::string out{to_string(event.interface)};
  if (event.interface != Interface::query) {
    out += ' ' + to_string(event.money);
  }
  out += fmt::format(" at branch {}: {}", event.branch.value, to_string(result.result));
  if (result.balance) {
    out += ", balance " + to_string(*result.balance);
  }
  return result.reason.empty() ? out : out + ", " + result.reason;
}

class CustomerHost {
 public:
  CustomerHost(const CustomerOptions& options, const Addresses& addresses, std::FILE* out,
               CustomerRecorder& recorder, const CustomerMemory& memory)
      : options_(options), customer_(options), out_(out), recorder_(recorder), memory_(memory) {
    take(BeginLine{memory.base});
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

  /// Queries all branches at once, so that one that can't answer delays nobody.
  void take(const QueryAllLine& line) {
    std::vector<std::jthread> queries;
    for (const BranchId branch : branches_) {
      queries.emplace_back([this, branch, extra = line.extra] { query(branch, extra); });
    }
  }

  bool has_addresses() const { return client_ != nullptr; }
  bool all_succeeded() const { return all_succeeded_ && recorded(); }
  /// Whether everything was recorded so far.
  bool recorded() const { return recorder_.failure().empty(); }

 private:
  void find_branches(const Addresses& addresses) {
    client_ = std::make_unique<BankClient>(addresses);
    client_->on_waiting([](BranchId branch, const std::string& address) {
      log_warning(fmt::format("branch {} at {} cannot be reached; trying again until the time-out",
                              branch.value, address));
    });
    branches_.clear();
    std::ranges::copy(addresses | std::views::keys, std::back_inserter(branches_));
  }

  /// One of several simultaneous queries. It has a session of its own, since a client of one
  /// session may make only one call at a time.
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
    if (memory_.log) {
      log_info(text_of(event, performed.result));
    }
    if (!recorded()) {
      log_error(recorder_.failure());
      return;
    }
    all_succeeded_ =
        all_succeeded_ && (performed.result.reason.empty() ||
                           performed.result.reason == to_string(Outcome::insufficient_funds));
    if (memory_.keep) {
      if (const auto kept = memory_.keep(held); !kept) {
        log_error(kept.error());
        all_succeeded_ = false;
      }
    }
    print_line(out_, write_line(AnswerLine{event, performed, held, real_now()}));
  }

  Performed perform(Customer& customer, const CustomerOptions& who, const EventLine& line) {
    Customer::Effect effect = customer.step(Customer::Perform{line.event, line.extra}, real_now());
    while (const auto* made = std::get_if<Customer::Call>(&effect)) {
      const Customer::Call call = *made;
      if (memory_.log) {
        log_info(
            fmt::format("calls branch {}, request {}", call.branch.value, call.request.id.number));
      }
      auto reply = make(who, call);
      if (memory_.log && !reply) {
        log_info(fmt::format("no answer from branch {}: {}", call.branch.value, reply.error().why));
      }
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
  std::vector<BranchId> branches_;  ///< those with an address
  std::FILE* out_;
  std::mutex mutex_;  ///< guards the members below, and `out_`
  CustomerRecorder& recorder_;
  const CustomerMemory& memory_;
  bool all_succeeded_ = true;
};

/// Why a valid line can't be taken now, or empty.
std::string misplaced(const CustomerLine& line, const CustomerHost& host, bool addresses_given) {
  const bool of_addresses = std::holds_alternative<AddressLine>(line);
  if (of_addresses && addresses_given) {
    return "the branches' addresses are given already";
  }
  return !of_addresses && !std::holds_alternative<BeginLine>(line) && !host.has_addresses()
             ? "no branch has an address yet"
             : "";
}

void refuse(int number, const std::string& text, const std::string& why, std::FILE* out) {
  std::fputs(fmt::format("line {}: {}\n", number, why).c_str(), stderr);
  print_line(out, fmt::format(R"({{"line":{},"result":"fail","reason":{},"text":{}}})", number,
                              json_string(why), json_string(text)));
}

}  // namespace

int run_customer(const CustomerOptions& options, const Addresses& addresses, std::istream& in,
                 std::FILE* out, CustomerRecorder& recorder, const CustomerMemory& memory) {
  CustomerHost host(options, addresses, out, recorder, memory);
  bool all_read = true;
  std::string line;
  for (int number = 1; host.recorded() && std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    const auto read = read_customer_line(line);
    const std::string wrong = read ? misplaced(read->line, host, !addresses.empty()) : read.error();
    if (!wrong.empty()) {
      refuse(number, line, wrong, out);
      all_read = false;
      continue;
    }
    for (const std::string& key : read->unknown_keys) {
      std::fputs(fmt::format("line {}: \"{}\" is not known and was ignored\n", number, key).c_str(),
                 stderr);
    }
    std::visit([&](const auto& taken) { host.take(taken); }, read->line);
  }
  if (!all_read) {
    return 2;
  }
  return host.all_succeeded() ? 0 : 1;
}

}  // namespace passbook
