// SPDX-License-Identifier: Apache-2.0
// Orders as arguments, reports as text.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstring>
#include <sstream>
#include <utility>

#include "lab/trial/guard.h"

namespace passbook::trial {
namespace {

using Kind = Ending::Kind;

constexpr std::array<std::pair<Kind, const char*>, 9> kWords{{
    {Kind::exited, "exited"},
    {Kind::killed, "killed"},
    {Kind::server_ended, "server-ended"},
    {Kind::no_ports, "no-ports"},
    {Kind::too_slow, "too-slow"},
    {Kind::too_much_memory, "too-much-memory"},
    {Kind::too_many_processes, "too-many-processes"},
    {Kind::too_much_output, "too-much-output"},
    {Kind::guard_ended, "guard-ended"},
}};

const char* word_of(Kind kind) {
  for (const auto& [each, word] : kWords) {
    if (each == kind) {
      return word;
    }
  }
  return "";
}

Kind kind_named(std::string_view word) {
  for (const auto& [kind, each] : kWords) {
    if (each == word) {
      return kind;
    }
  }
  return Kind::guard_ended;
}

}  // namespace

std::string describe(const Ending& ending) {
  switch (ending.kind) {
    case Kind::exited:
      return fmt::format("exit status {}", ending.code);
    case Kind::killed:
      return fmt::format("ended by signal {} ({})", ending.code, strsignal(ending.code));
    case Kind::server_ended:
      return fmt::format("the server ended before its ports were open, with exit status {}",
                         ending.code);
    case Kind::no_ports:
      return "the server opened no port in time";
    case Kind::too_slow:
      return "did not end in time";
    case Kind::too_much_memory:
      return "took too much memory";
    case Kind::too_many_processes:
      return "started too many processes";
    case Kind::too_much_output:
      return "wrote too much";
    case Kind::guard_ended:
      break;
  }
  return "was ended from outside";
}

std::string write_report(const GuardReport& report) {
  std::string out = fmt::format("ending {} {}\ntook {}\n", word_of(report.ending.kind),
                                report.ending.code, report.took.count());
  for (const std::string& name : report.orphans) {
    out += fmt::format("orphan {}\n", name);
  }
  for (const std::uint16_t port : report.ports) {
    out += fmt::format("port {}\n", port);
  }
  return out + "done\n";
}

GuardReport read_report(std::string_view text) {
  GuardReport out;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key;
    words >> key;
    if (key == "ending") {
      std::string word;
      words >> word >> out.ending.code;
      out.ending.kind = kind_named(word);
    } else if (key == "took") {
      Duration::rep count = 0;
      words >> count;
      out.took = Duration(count);
    } else if (key == "orphan" && line.size() > key.size() + 1) {
      out.orphans.push_back(line.substr(key.size() + 1));
    } else if (std::uint16_t port = 0; key == "port" && words >> port) {
      out.ports.push_back(port);
    } else if (key == "done") {
      return out;
    }
  }
  return {};
}

std::vector<std::string> as_arguments(const GuardOrders& orders) {
  const Limits& limits = orders.limits;
  std::vector<std::string> out{
      "--run",
      orders.run,
      "--ports",
      std::to_string(orders.ports),
      "--time",
      fmt::format("{}us",
                  std::chrono::duration_cast<std::chrono::microseconds>(limits.time).count()),
      "--memory",
      std::to_string(limits.memory),
      "--processes",
      std::to_string(limits.processes),
      "--most",
      std::to_string(limits.output),
  };
  if (!orders.serve.empty()) {
    out.insert(out.end(), {"--serve", orders.serve});
  }
  for (const auto& [set, flag] :
       {std::pair{orders.slow, "--slow"}, std::pair{orders.network, "--network"}}) {
    if (set) {
      out.emplace_back(flag);
    }
  }
  return out;
}

}  // namespace passbook::trial
