// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/run_processes.h"

#include <fmt/format.h>

#include <cstdio>
#include <iostream>

#include "lab/runner/customer_loop.h"
#include "lab/runner/lines.h"
#include "lab/runner/narration.h"
#include "server/log.h"

namespace passbook {
namespace {

void print_line(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

/// Of "HOST:PORT"; 0 for an audience that is not served.
int port_for(const std::map<Audience, std::string>& addresses, Audience audience) {
  const auto found = addresses.find(audience);
  return found == addresses.end() ? 0
                                  : std::stoi(found->second.substr(found->second.rfind(':') + 1));
}

}  // namespace

std::string write_line(const ListeningLine& line) {
  return fmt::format(R"({{"customers":{},"peers":{}}})", line.customers, line.peers);
}

std::optional<ListeningLine> read_listening_line(const std::string& line) {
  ListeningLine out;
  const int read =
      std::sscanf(line.c_str(), R"({"customers":%d,"peers":%d})", &out.customers, &out.peers);
  return read == 2 ? std::optional(out) : std::nullopt;
}

int run_branch_process(const BranchConfig& config) {
  StopSignal::block();
  start_log(fmt::format("branch {}", config.self.value));
  auto host = BranchServer::start(config);
  if (!host) {
    log_error(host.error());
    return 1;
  }
  const auto listening = (*host)->addresses();
  print_line(write_line(ListeningLine{.customers = port_for(listening, Audience::customers),
                                      .peers = port_for(listening, Audience::peers)}));
  std::string line;
  std::getline(std::cin, line);
  const auto read = read_customer_line(line);
  const auto* addresses = read ? std::get_if<AddressLine>(&*read) : nullptr;
  if (addresses == nullptr) {
    return 1;  // the parent is gone
  }
  Addresses peers = addresses->branches;
  peers.erase(config.self);
  BranchServer::Observer observer;
  if (config.options.observe) {
    observer = [&](const Observation& observation) {
      if (const Narrated told = narrate(config.self, observation); !told.lines.empty()) {
        print_line(write_line(told));
      }
    };
  }
  const int status = (*host)->run(std::move(peers), observer);
  std::ignore = host->release();  // the process ends now, and all that it holds with it
  return status;
}

int run_customer_process(const CustomerOptions& options, const std::string& name,
                         const CustomerFiles& files) {
  start_log(name);
  auto recorder = CustomerRecorder::open(files);
  if (!recorder) {
    log_error(recorder.error());
    return 1;
  }
  run_customer(options, {}, std::cin, stdout, *recorder);
  return recorder->failure().empty() ? 0 : 1;
}

}  // namespace passbook
