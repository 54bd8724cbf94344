// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "app/arguments.h"
#include "app/branch/branch_setup.h"
#include "app/commands.h"
#include "lab/runner/narration.h"
#include "server/branch_server.h"
#include "server/log.h"

namespace passbook {
namespace {

constexpr const char* kHelp =
    R"(One branch process. The bank is that of a scenario file, whose customers are ignored.

Examples:
  passbook branch --bank scenarios/sample.json --id 1 --listen 127.0.0.1:50051 \
      --peer 2=127.0.0.1:50052 --peer 3=127.0.0.1:50053
)";

struct Typed {
  BranchWords words;
  std::string delay = "0ms";
  bool create = false;
  bool debug = false;
};

std::expected<BranchSetup, std::string> prepare(const Typed& typed) {
  auto out = set_up_branch(typed.words);
  const auto delay = parse_duration(typed.delay);
  if (!out || !delay) {
    return std::unexpected(!out ? out.error() : delay.error());
  }
  out->config.options.propagation_delay = *delay;
  out->config.options.observe = typed.debug;
  if (out->config.data) {
    out->config.data->create = typed.create;
  }
  return out;
}

int run(const Typed& typed) {
  auto prepared = prepare(typed);
  if (!prepared) {
    return complain(prepared.error(), kBadUsage);
  }
  StopSignal::block();
  start_log(fmt::format("branch {}", typed.words.id));
  auto host = BranchServer::start(prepared->config);
  if (!host) {
    return complain(host.error(), kFailed);
  }
  const std::string& listen = prepared->config.listen;
  fmt::print("branch {} serves on {}:{}\n", typed.words.id, listen.substr(0, listen.rfind(':')),
             (*host)->port());
  std::fflush(stdout);
  BranchServer::Observer observer;
  if (typed.debug) {
    observer = [&](const Observation& observation) {
      for (const std::string& line : narrate(BranchId{typed.words.id}, observation).lines) {
        fmt::print("{}\n", line);
      }
      std::fflush(stdout);
    };
  }
  return (*host)->run(std::move(prepared->peers), observer);
}

}  // namespace

Command add_branch(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = *app.add_subcommand("branch", kHelp);
  CLI::Option* data = add_branch_options(sub, typed->words);
  sub.add_flag("--create", typed->create, "make the data directory")->needs(data);
  sub.add_option("--propagation-delay", typed->delay,
                 "entries reach peers this long after they were accepted");
  sub.add_flag("--debug", typed->debug, "tell every step");
  return [typed] { return run(*typed); };
}

}  // namespace passbook
