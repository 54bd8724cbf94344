// SPDX-License-Identifier: Apache-2.0
#include "lab/trial/proc_files.h"

#include <dirent.h>
#include <unistd.h>

#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace passbook::trial {

/// A stream's buffer would throw where reading fails.
std::string text_of(const std::string& file) {
  std::string out;
  std::ifstream in(file, std::ios::binary);
  std::getline(in, out, '\0');
  return out;
}

/// The name stands in brackets and may hold anything, brackets and spaces included.
Process read_stat(std::string_view text) {
  Process out;
  const auto open = text.find('(');
  const auto close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return out;
  }
  out.name = text.substr(open + 1, close - open - 1);
  std::istringstream id{std::string(text.substr(0, open))};
  std::istringstream rest{std::string(text.substr(close + 1))};
  constexpr int kBetween = 19;  // fields between the parent and the pages in memory
  std::string skipped;
  std::uint64_t pages = 0;
  id >> out.id;
  rest >> out.state >> out.parent;
  for (int i = 0; i < kBetween; ++i) {
    rest >> skipped;
  }
  rest >> pages;
  out.memory = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return out;
}

std::size_t count_processes() {
  std::size_t out = 0;
  if (DIR* directory = opendir("/proc")) {
    while (const dirent* entry = readdir(directory)) {
      out += std::isdigit(static_cast<unsigned char>(entry->d_name[0])) != 0 ? 1 : 0;
    }
    closedir(directory);
  }
  return out;
}

std::vector<Process> descendants_of(pid_t ancestor) {
  std::multimap<pid_t, Process> children;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc", error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (name.find_first_not_of("0123456789") == std::string::npos) {
      Process process = read_stat(text_of(entry->path() / "stat"));
      if (process.id != 0) {
        children.emplace(process.parent, std::move(process));
      }
    }
  }
  std::vector<Process> out;
  std::vector<pid_t> from{ancestor};
  while (!from.empty()) {
    const auto [begin, end] = children.equal_range(from.back());
    from.pop_back();
    for (auto child = begin; child != end; ++child) {
      from.push_back(child->first == child->second.id ? 0 : child->second.id);
      if (child->second.state != 'Z') {
        out.push_back(child->second);
      }
    }
  }
  return out;
}

std::set<std::uint16_t> listening_in(std::string_view text) {
  constexpr std::string_view kListening = "0A";
  std::set<std::uint16_t> out;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string slot;
    std::string local;
    std::string remote;
    std::string state;
    words >> slot >> local >> remote >> state;
    const auto colon = local.rfind(':');
    std::uint16_t port = 0;
    if (state == kListening && colon != std::string::npos) {
      std::from_chars(local.data() + colon + 1, local.data() + local.size(), port, 16);
      out.insert(port);
    }
  }
  return out;
}

std::set<std::uint16_t> listening_ports() {
  std::set<std::uint16_t> out = listening_in(text_of("/proc/net/tcp"));
  out.merge(listening_in(text_of("/proc/net/tcp6")));
  return out;
}

}  // namespace passbook::trial
