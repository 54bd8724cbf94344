// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/customer_loop.h"

#include <fmt/format.h>

#include <istream>
#include <memory>

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
      client_ = std::make_unique<BankClient>(addresses);
    }
  }

  void take(const AddressLine& line) {
    client_ = std::make_unique<BankClient>(line.branches);
    if (!client_->connect(line.visits, options_.timeout)) {
      log_warning("not all branches to be visited can be reached yet");
    }
    print_line(out_, R"({"ready":true})");
  }

  void take(const BeginLine& line) { customer_.begin_with(line.base); }

  void take(const EventLine& line) {
    const Performed performed = perform(line);
    if (!recorded()) {
      log_error(recorder_.failure());
      return;
    }
    all_well_ = all_well_ && (performed.result.reason.empty() ||
                              performed.result.reason == to_string(Outcome::insufficient_funds));
    print_line(out_, write_line(AnswerLine{line.event, performed, customer_.passbook()}));
  }

  bool has_addresses() const { return client_ != nullptr; }
  bool all_well() const { return all_well_ && recorded(); }
  /// Whether all that was to be recorded is.
  bool recorded() const { return recorder_.failure().empty(); }

 private:
  Performed perform(const EventLine& line) {
    Customer::Effect effect = customer_.step(Customer::Perform{line.event, line.extra}, real_now());
    while (const auto* made = std::get_if<Customer::Call>(&effect)) {
      const Customer::Call call = *made;
      auto reply = make(call);
      const Customer::Event event =
          reply ? Customer::Event(std::move(*reply)) : Customer::Event(std::move(reply.error()));
      effect = customer_.step(event, real_now());
      const auto* answered = std::get_if<Customer::Answered>(&event);
      std::ignore = answered != nullptr
                        ? recorder_.answered(options_, call, answered->answer, customer_.heard_at())
                        : recorder_.unanswered(options_, call);
    }
    return std::get<Performed>(effect);
  }

  std::expected<Customer::Answered, Customer::Failed> make(const Customer::Call& call) {
    if (!recorder_.calls(options_, call)) {
      return std::unexpected(
          Customer::Failed{.why = "it can't be written down", .final = true, .no_effect = true});
    }
    return client_->call(call);
  }

  CustomerOptions options_;
  Customer customer_;
  std::unique_ptr<BankClient> client_;
  std::FILE* out_;
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
    if (std::holds_alternative<EventLine>(*read) && !host.has_addresses()) {
      fmt::print(stderr, "line {}: no branch has an address yet\n", number);
      return 2;
    }
    std::visit([&](const auto& taken) { host.take(taken); }, *read);
  }
  return host.all_well() ? 0 : 1;
}

}  // namespace passbook
