// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/run_processes.h"

#include <fmt/format.h>

#include <cinttypes>
#include <cstdio>
#include <iostream>

#include "lab/runner/customer_loop.h"
#include "lab/runner/lines.h"
#include "lab/runner/narration.h"
#include "rpc/clock.h"
#include "server/log.h"

namespace passbook {
namespace {

void print_line(const std::string& line) {
  std::fputs((line + '\n').c_str(), stdout);
  std::fflush(stdout);
}

/// The port in an audience's "HOST:PORT", or 0 if the audience is not served.
int port_for(const std::map<Audience, std::string>& addresses, Audience audience) {
  const auto found = addresses.find(audience);
  return found == addresses.end() ? 0
                                  : std::stoi(found->second.substr(found->second.rfind(':') + 1));
}

Money balance_of(const State& state) {
  const Account* account = state.ledger().find(kSharedAccount);
  return account == nullptr ? Money{} : account->balance();
}

/// Empty if nobody listens.
BranchServer::Observer observer_of(BranchId self, StoryAudience audience) {
  if (!audience.runner && !audience.log) {
    return {};
  }
  return [self, audience](const Observation& observation) {
    Narrated told = narrate(self, observation);
    if (audience.log) {
      for (const std::string& line : told.lines) {
        log_info(line);
      }
      if (const std::string line = answer_line(observation); !line.empty()) {
        log_info(line);
      }
    }
    if (audience.runner && !told.lines.empty()) {
      told.at = real_now();
      print_line(write_line(told));
    }
  };
}

}  // namespace

std::string write_line(const ListeningLine& line) {
  return fmt::format(R"({{"customers":{},"peers":{},"balance":{}}})", line.customers, line.peers,
                     line.balance.minor);
}

std::optional<ListeningLine> read_listening_line(const std::string& line) {
  ListeningLine out;
  const int read = std::sscanf(line.c_str(), R"({"customers":%d,"peers":%d,"balance":%)" SCNd64 "}",
                               &out.customers, &out.peers, &out.balance.minor);
  return read == 3 ? std::optional(out) : std::nullopt;
}

int run_branch_process(const BranchConfig& config, StoryAudience audience) {
  StopSignal::block();
  start_log(fmt::format("branch {}", config.self.value));
  auto host = BranchServer::start(config);
  if (!host) {
    log_error(host.error());
    return 1;
  }
  const auto listening = (*host)->addresses();
  print_line(write_line(ListeningLine{.customers = port_for(listening, Audience::customers),
                                      .peers = port_for(listening, Audience::peers),
                                      .balance = balance_of((*host)->state())}));
  std::string line;
  std::getline(std::cin, line);
  const auto read = read_customer_line(line);
  const auto* addresses = read ? std::get_if<AddressLine>(&read->line) : nullptr;
  if (addresses == nullptr) {
    return 1;  // the parent has ended
  }
  Addresses peers = addresses->branches;
  peers.erase(config.self);
  const int status = (*host)->run(std::move(peers), observer_of(config.self, audience));
  std::ignore = host->release();  // the process ends now, which frees everything it holds
  return status;
}

int run_customer_process(const CustomerOptions& options, const std::string& name,
                         const CustomerFiles& files, StoryAudience audience) {
  start_log(name);
  auto recorder = CustomerRecorder::open(files);
  if (!recorder) {
    log_error(recorder.error());
    return 1;
  }
  run_customer(options, {}, std::cin, stdout, *recorder,
               {.base = {}, .keep = {}, .log = audience.log});
  return recorder->failure().empty() ? 0 : 1;
}

}  // namespace passbook
