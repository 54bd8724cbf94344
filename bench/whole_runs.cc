// SPDX-License-Identifier: Apache-2.0
// Times whole commands, processes and all: `whole_runs ROUNDS NAME COMMAND [NAME COMMAND ...]`. The
// commands take turns, so that a machine that slows down slows all of them; the medians and the
// ratios to the first are printed.
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

struct Measured {
  std::string name;
  std::string command;
  std::vector<double> seconds;
};

/// The wall time of one run; ends the program when the command fails.
double time_once(const Measured& measured) {
  const std::string script = "exec " + measured.command + " >/dev/null";
  char shell[] = "sh";
  char flag[] = "-c";
  std::string text = script;
  char* arguments[] = {shell, flag, text.data(), nullptr};
  const auto began = std::chrono::steady_clock::now();
  pid_t pid = 0;
  int status = 0;
  if (posix_spawn(&pid, "/bin/sh", nullptr, nullptr, arguments, environ) != 0 ||
      waitpid(pid, &status, 0) != pid || status != 0) {
    fmt::print(stderr, "whole_runs: this failed: {}\n", measured.command);
    std::exit(1);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

double median(const std::vector<double>& sorted) {
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4 || argc % 2 != 0) {
    fmt::print(stderr, "usage: whole_runs ROUNDS NAME COMMAND [NAME COMMAND ...]\n");
    return 2;
  }
  std::vector<Measured> all;
  for (int i = 2; i < argc; i += 2) {
    all.push_back({argv[i], argv[i + 1], {}});
  }
  for (const Measured& measured : all) {
    time_once(measured);  // warm
  }
  const int rounds = std::atoi(argv[1]);
  for (int round = 0; round < rounds; ++round) {
    for (Measured& measured : all) {
      measured.seconds.push_back(time_once(measured));
    }
  }
  fmt::print("{:<44} {:>9} {:>9} {:>9} {:>8}\n", fmt::format("wall seconds, {} runs each", rounds),
             "median", "least", "most", "ratio");
  double base = 0;
  for (Measured& measured : all) {
    std::ranges::sort(measured.seconds);
    const double middle = median(measured.seconds);
    base = base == 0 ? middle : base;
    fmt::print("{:<44} {:>9.4f} {:>9.4f} {:>9.4f} {:>8.1f}\n", measured.name, middle,
               measured.seconds.front(), measured.seconds.back(), middle / base);
  }
  return 0;
}
