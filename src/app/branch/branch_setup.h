// SPDX-License-Identifier: Apache-2.0
// What the commands that are one branch have in common: which bank, which branch, and where
// everybody is.
#pragma once

#include <CLI/CLI.hpp>
#include <expected>
#include <string>
#include <vector>

#include "lab/runner/branch_recorder.h"
#include "lab/runner/lines.h"
#include "server/branch_server.h"

namespace passbook {

/// The options as they were typed.
struct BranchWords {
  std::string bank;
  std::uint32_t id = 0;
  std::string listen;
  std::vector<std::string> peers;
  std::vector<std::uint32_t> without;  ///< branches that are gone and need no address
  std::string data_dir;
  std::string disk_reserve = "256MiB";
  BranchFiles files;
  std::size_t snapshot_every = 100'000;
  bool lenient = false;
  bool insecure = false;
};

/// Adds them to a command line; the data directory's option is returned.
CLI::Option* add_branch_options(CLI::App& app, BranchWords& words);

struct BranchSetup {
  BranchConfig config;
  Addresses peers;
};

/// The error is one line.
std::expected<BranchSetup, std::string> set_up_branch(const BranchWords& words);

}  // namespace passbook
