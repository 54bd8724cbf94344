// SPDX-License-Identifier: Apache-2.0
// The subcommands. Each adds itself to the command line and, once that is parsed, does its work and
// returns the exit status.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace passbook {

using Command = std::function<int()>;

Command add_run(CLI::App& app);
Command add_branch(CLI::App& app);
Command add_customer(CLI::App& app);
Command add_check(CLI::App& app);
Command add_generate(CLI::App& app);
Command add_simulate(CLI::App& app);
Command add_status(CLI::App& app);
Command add_recover(CLI::App& app);
Command add_trace(CLI::App& app);
Command add_try(CLI::App& app);
Command add_guard(CLI::App& app);

}  // namespace passbook
