// SPDX-License-Identifier: Apache-2.0
// Runs somebody's program: starts it, watches it, says how it ended and what it left, and ends all
// of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace passbook::trial {

/// What all processes of a run may use together.
struct Limits {
  Duration time = std::chrono::seconds(60);
  std::uint64_t memory = std::uint64_t{4} << 30U;   ///< bytes in memory; shared ones count for each
  std::size_t processes = 1'000;                    ///< at once
  std::uint64_t output = std::uint64_t{64} << 20U;  ///< bytes printed, and bytes more in its folder

  bool operator==(const Limits&) const = default;
};

/// A run. The commands are for `sh`; their folder, standard output and error are the guard's own.
struct GuardOrders {
  std::string serve;      ///< starts servers, which end when `run` has; "" for none
  std::string run;        ///< its end is the end of the run
  std::size_t ports = 0;  ///< how many the servers are waited for to open
  Limits limits;
  bool slow = false;     ///< give the processes little of the processor
  bool network = false;  ///< the guard has a network of its own, which it must start

  bool operator==(const GuardOrders&) const = default;
};

/// How the command, or all of the run, ended.
struct Ending {
  enum class Kind : std::uint8_t {
    exited,           ///< `code` is the exit status
    killed,           ///< `code` is the signal
    server_ended,     ///< before its ports were open; `code` is the exit status
    no_ports,         ///< none was opened in time
    too_slow,         ///< the limit of time
    too_much_memory,  ///< and so on
    too_many_processes,
    too_much_output,
    guard_ended,  ///< nothing else is known
  };
  Kind kind = Kind::guard_ended;
  int code = 0;

  bool operator==(const Ending&) const = default;
};

/// "exit status 1", "ended by signal 9 (Killed)", "did not end in time".
std::string describe(const Ending& ending);

struct GuardReport {
  Ending ending;
  Duration took{};
  std::vector<std::string> orphans;  ///< names of processes left behind, servers not included
  std::vector<std::uint16_t> ports;  ///< still open then

  bool operator==(const GuardReport&) const = default;
};

/// Lines of "KEY VALUE", for a pipe.
std::string write_report(const GuardReport& report);
/// An incomplete text gives a report that the guard ended.
GuardReport read_report(std::string_view text);

/// The arguments of a command that carries out the orders, and the way back. The error names the
/// argument.
std::vector<std::string> as_arguments(const GuardOrders& orders);

/// Carries out the orders, writes the report to the descriptor, and ends every process that is
/// left. If nobody reads the report any more, ends everything at once. All descendants of this
/// process are the run's. Returns the exit status of the process.
int guard(const GuardOrders& orders, int report);

}  // namespace passbook::trial
