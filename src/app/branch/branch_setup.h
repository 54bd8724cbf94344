// SPDX-License-Identifier: Apache-2.0
// The options shared by commands that run one branch: the bank, the branch, and all addresses.
#pragma once

#include <CLI/CLI.hpp>
#include <expected>
#include <string>
#include <vector>

#include "lab/runner/branch_recorder.h"
#include "lab/runner/lines.h"
#include "server/branch_server.h"
#include "server/recovery.h"

namespace passbook {

/// The options as typed.
struct BranchArguments {
  std::string bank;
  std::uint32_t id = 0;
  std::string listen;
  std::string listen_peers;
  std::string listen_operators;
  std::vector<std::string> peers;
  std::vector<std::uint32_t> without;  ///< branches that are gone and need no address
  std::string data_dir;
  std::string disk_reserve = "256MiB";
  BranchFiles files;
  std::size_t snapshot_every = 100'000;
  bool lenient = false;
  bool insecure = false;
};

/// The options of a recovery, as typed.
struct RecoveryArguments {
  std::vector<std::string> operators;
  std::string keep;
  bool release_rights = false;
  std::string timeout = "10s";
};

/// Adds them to a command line.
std::vector<CLI::Option*> add_recovery_options(CLI::App& app, RecoveryArguments& arguments);

/// The error is one line.
std::expected<RecoveryTerms, std::string> recovery_terms(const RecoveryArguments& arguments,
                                                         const BranchArguments& branch,
                                                         const BranchConfig& config);

/// Adds them to a command line, and returns the option of the data directory.
CLI::Option* add_branch_options(CLI::App& app, BranchArguments& arguments);

struct BranchSetup {
  BranchConfig config;
  Addresses peers;
};

/// Reads the addresses of the other branches from an option, ID=HOST:PORT each. Only branches that
/// are gone need none.
std::expected<Addresses, std::string> other_branches(const char* option,
                                                     const std::vector<std::string>& typed,
                                                     const BranchArguments& arguments,
                                                     const BranchConfig& config);

/// The error is one line.
std::expected<BranchSetup, std::string> set_up_branch(const BranchArguments& arguments);

}  // namespace passbook
