// SPDX-License-Identifier: Apache-2.0
// The passbook command: finds the subcommand and runs it.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <utility>
#include <vector>

#include "app/arguments.h"
#include "app/command_line.h"
#include "app/commands.h"
#include "rpc/grpc_log.h"
#include "version.h"

namespace passbook {
namespace {

constexpr const char* kAbout =
    "A distributed bank: each branch holds a replica, and the balances stay correct.";

constexpr const char* kExamples =
    R"(  passbook run scenarios/sample.json                  a bank and its customers
  passbook check --input FILE --output output.json    is that output right?
  passbook help run                                   all about one command
)";

/// Opens closed standard streams, so that no file opened later takes their descriptors.
void fill_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) < 0) {
      open("/dev/null", O_RDWR);  // takes the lowest free descriptor
    }
  }
}

/// Whether standard output is a pipe whose reader has gone. That is not a failure; other errors,
/// such as a full disk, are.
bool reader_left() {
  pollfd out{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
  return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

int run(int argc, char** argv) {
  fill_standard_streams();
  silence_grpc_log();
  CLI::App app{kAbout, "passbook"};
  app.footer(kExamples);
  lay_out_help(app);
  app.set_version_flag("--version", fmt::format("{} (commit {})", kVersion, kCommit),
                       "show version and commit and exit");
  app.require_subcommand(1);
  const std::vector<std::pair<const char*, Command>> commands{
      {"run", add_run(app)},           {"branch", add_branch(app)},
      {"customer", add_customer(app)}, {"check", add_check(app)},
      {"status", add_status(app)},     {"recover", add_recover(app)},
      {"simulate", add_simulate(app)}, {"generate", add_generate(app)},
      {"trace", add_trace(app)},       {"try", add_try(app)},
      {"guard", add_guard(app)},
  };
  if (const auto status = read_command_line(app, argc, argv)) {
    return *status;
  }
  for (const auto& [name, command] : commands) {
    if (app.got_subcommand(name)) {
      const int status = command();
      if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        return reader_left()
                   ? status
                   : complain("standard output cannot be written", std::max(status, kFailed));
      }
      return status;
    }
  }
  return kBadUsage;
}

}  // namespace
}  // namespace passbook

int main(int argc, char** argv) { return passbook::run(argc, argv); }
