// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <string>

#include "app/arguments.h"
#include "app/branch/branch_setup.h"
#include "app/command_line.h"
#include "app/commands.h"
#include "app/print.h"
#include "server/log.h"
#include "server/recovery.h"

namespace passbook {
namespace {

constexpr CommandHelp kHelp{
    .summary = "Rebuild a branch whose disk is lost, damaged or old",
    .text = R"(The branch is rebuilt from what the others have and comes back as the next
incarnation. What only its disk had is lost. An old data directory is renamed,
not removed. Start the branch as always afterwards.

Each other branch is asked twice: at its operators' address to seal what the lost
disk had, and at its peers' address for the entries.)",
    .examples = R"(  passbook recover --bank scenarios/sample.json --id 1 --data-dir data-1 \
      --listen-peers 127.0.0.1:50061 \
      --peer 2=127.0.0.1:50062 --operator 2=127.0.0.1:50072 \
      --peer 3=127.0.0.1:50063 --operator 3=127.0.0.1:50073
  passbook recover ... --without 3        branch 3 is lost too: recover it next
  passbook recover ... --keep 8f3a...     which of two histories to keep
  passbook recover ... --release-rights   use its rights again
)"};

struct Typed {
  BranchArguments arguments;
  RecoveryArguments recovery;
};

void tell(const Typed& typed, const Recovered& recovered) {
  put("branch {} is back, in incarnation {}, with {} entries\n", typed.arguments.id,
      recovered.incarnation.value, recovered.entries);
  for (const auto& [end, tag] : recovered.ends) {
    put("in its incarnation {}, entries up to {} were found; later ones are lost\n",
        end.origin.incarnation.value, end.sequence.value);
  }
  if (recovered.ends.empty()) {
    put("nothing was found of its earlier incarnations\n");
  }
  if (!recovered.renamed_to.empty()) {
    put("the old contents of {} are now in {}\n", typed.arguments.data_dir, recovered.renamed_to);
  }
  for (const BranchId branch : recovered.diverged) {
    put("branch {} has a different history of this branch and must be recovered too\n",
        branch.value);
  }
  for (const BranchId branch : recovered.without) {
    put("branch {} was not asked: it must be recovered before it serves again\n", branch.value);
  }
}

int run(const Typed& typed) {
  auto setup = set_up_branch(typed.arguments);
  if (!setup) {
    return complain(setup.error(), kBadUsage);
  }
  if (setup->peers.empty()) {
    return complain("there is no other branch to rebuild it from", kBadUsage);
  }
  auto terms = recovery_terms(typed.recovery, typed.arguments, setup->config);
  if (!terms) {
    return complain(terms.error(), kBadUsage);
  }
  StopSignal::block();
  start_log(fmt::format("branch {}", typed.arguments.id));
  const auto recovered =
      recover_branch({.branch = setup->config, .peers = setup->peers, .terms = std::move(*terms)});
  if (!recovered) {
    return complain(recovered.error(), kFailed);
  }
  tell(typed, *recovered);
  return kDone;
}

}  // namespace

Command add_recover(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = add_command(app, "recover", kHelp);
  add_branch_options(sub, typed->arguments)->required();
  add_value(sub, "--without ID", typed->arguments.without,
            "a branch that is lost too; may be repeated");
  add_recovery_options(sub, typed->recovery);
  return [typed] { return run(*typed); };
}

}  // namespace passbook
