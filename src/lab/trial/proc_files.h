// SPDX-License-Identifier: Apache-2.0
// What Linux tells in /proc of processes and ports (proc(5)).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace passbook::trial {

struct Process {
  pid_t id = 0;
  pid_t parent = 0;
  char state = '?';          ///< 'R', 'S', ..., 'Z' of one that has ended
  std::uint64_t memory = 0;  ///< bytes in memory
  std::string name;          ///< at most 15 bytes
};

/// The text of a file up to a zero byte, as far as it can be read: its process may end meanwhile.
std::string text_of(const std::string& file);

/// Reads the text of /proc/ID/stat. A process without an id cannot be read.
Process read_stat(std::string_view text);

/// The processes that `ancestor` started, or that these started. Those that have ended and are not
/// yet reaped are left out.
std::vector<Process> descendants_of(pid_t ancestor);

/// The number of processes that are visible here, those that have ended and are not yet reaped
/// included. Much cheaper than their names.
std::size_t count_processes();

/// The ports that wait for connections in the text of /proc/net/tcp or /proc/net/tcp6.
std::set<std::uint16_t> listening_in(std::string_view text);

/// The TCP ports that wait for connections in this network namespace.
std::set<std::uint16_t> listening_ports();

}  // namespace passbook::trial
