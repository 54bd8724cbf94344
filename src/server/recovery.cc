// SPDX-License-Identifier: Apache-2.0
#include "server/recovery.h"

#include <fmt/format.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "branch/recovery.h"
#include "journal/disk_journal.h"
#include "rpc/clock.h"
#include "rpc/operator_client.h"
#include "server/log.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;
template <class Value>
using Expected = std::expected<Value, std::string>;

/// Lets all other branches agree on what is left of the lost one.
Expected<RecoveryCoordinator> agree(const RecoveryPlan& plan) {
  RecoveryOrder order{.bank = identity(plan.branch.bank),
                      .branch = plan.branch.self,
                      .others = {},
                      .nonce = new_session(),
                      .keep = plan.keep,
                      .release_rights = plan.release_rights};
  for (const auto& [branch, address] : plan.operators) {
    order.others.push_back(branch);
  }
  RecoveryCoordinator out(std::move(order));
  while (!out.questions().empty()) {
    for (const auto& [branch, request] : std::vector(out.questions())) {
      const std::string& address = plan.operators.at(branch);
      const auto reply = OperatorClient(address).seal(request, plan.patience);
      if (!reply) {
        return Error(fmt::format("branch {} at {}: {}", branch.value, address, reply.error()));
      }
      out.hear(branch, *reply);
    }
  }
  return out.failure().empty() ? Expected<RecoveryCoordinator>(std::move(out))
                               : Error(out.failure());
}

/// Moves an old directory out of the way.
Expected<std::string> put_aside(const std::string& directory) {
  std::error_code error;
  if (!std::filesystem::exists(directory, error) || std::filesystem::is_empty(directory, error)) {
    return "";
  }
  if (in_use(directory)) {
    return Error(fmt::format("{}: another process uses this data directory", directory));
  }
  std::string aside;
  for (int number = 1; aside.empty() || std::filesystem::exists(aside, error); ++number) {
    aside = fmt::format("{}.lost-{}", directory, number);
  }
  std::filesystem::rename(directory, aside, error);
  return error ? Expected<std::string>(
                     Error(fmt::format("{}: can't be put aside: {}", directory, error.message())))
               : aside;
}

/// A directory that holds the new incarnation's first records.
Expected<void> make_directory(const RecoveryPlan& plan, const Seal& seal,
                              const Recovery& recovery) {
  std::mutex mutex;
  std::condition_variable written;
  auto opened =
      DiskJournal::open({.directory = plan.branch.data->path,
                         .owner = {identity(plan.branch.bank), Origin{plan.branch.self, seal.next}},
                         .create = true,
                         .changed =
                             [&] {
                               const std::scoped_lock lock(mutex);
                               written.notify_one();
                             },
                         .log = [](const std::string& line) { log_warning(line); }});
  if (!opened) {
    return Error(opened.error());
  }
  DiskJournal& journal = *opened->journal;
  std::unique_lock lock(mutex);
  journal.append({seal, recovery});
  written.wait(lock, [&] { return journal.failure() || journal.durable() == journal.appended(); });
  lock.unlock();
  const auto failure = journal.failure();
  return failure ? Expected<void>(Error(*failure)) : Expected<void>();
}

}  // namespace

std::expected<Recovered, std::string> recover_branch(const RecoveryPlan& plan) {
  const std::string& directory = plan.branch.data->path;
  if (in_use(directory)) {
    return Error(fmt::format("{}: another process uses this data directory", directory));
  }
  const auto agreed = agree(plan);
  if (!agreed) {
    return Error(agreed.error());
  }
  const Seal& seal = agreed->seal();
  auto aside = put_aside(directory);
  if (!aside) {
    return Error(aside.error());
  }
  if (const auto made = make_directory(plan, seal, agreed->recovery()); !made) {
    return Error(made.error());
  }
  BranchConfig config = plan.branch;
  config.data->create = false;
  auto host = BranchServer::start(config);
  if (!host) {
    return Error(host.error());
  }
  if ((*host)->recover(plan.peers) != 0) {
    return Error("it was not finished: the branch goes on with it when it is started");
  }
  Recovered out{.incarnation = seal.next,
                .ends = seal.ends.kept,
                .kept_aside = *aside,
                .entries = 0,
                .without = {},
                .in_the_wrong = agreed->in_the_wrong()};
  for (const EntryId& position : (*host)->state().applied().positions()) {
    out.entries += position.sequence.value;
  }
  for (const BranchId branch : plan.branch.bank.branches) {
    if (branch != plan.branch.self && !plan.peers.contains(branch)) {
      out.without.push_back(branch);
    }
  }
  return out;
}

}  // namespace passbook
