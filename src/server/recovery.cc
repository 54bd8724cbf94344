// SPDX-License-Identifier: Apache-2.0
#include "server/recovery.h"

#include <fmt/format.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "journal/disk_journal.h"
#include "rpc/clock.h"
#include "rpc/operator_client.h"
#include "server/log.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;
template <class Value>
using Expected = std::expected<Value, std::string>;

/// What all peers together said to one request.
struct Said {
  Incarnation highest;
  VersionVector have;
  VersionVector applied;
};

/// The peers, asked one after another.
class Peers {
 public:
  explicit Peers(const RecoveryPlan& plan) : plan_(plan) {}

  Expected<Said> ask(const SealRequest& request) const {
    Said out;
    for (const auto& [branch, address] : plan_.operators) {
      const auto reply = OperatorClient(address).seal(request, plan_.patience);
      const std::string why = reply ? reply->refused : reply.error();
      if (!why.empty()) {
        return Error(fmt::format("branch {} at {}: {}", branch.value, address, why));
      }
      out.highest = std::max(out.highest, reply->highest);
      out.have.merge(reply->have);
      out.applied.merge(reply->applied);
    }
    return out;
  }

 private:
  const RecoveryPlan& plan_;
};

/// Lets all peers agree where the lost incarnations ended.
Expected<std::pair<Seal, Said>> seal_old(const RecoveryPlan& plan) {
  const Peers peers(plan);
  SealRequest request{.bank = identity(plan.branch.bank),
                      .branch = plan.branch.self,
                      .next = {},
                      .ends = {},
                      .recovery = new_session()};
  const auto heard = peers.ask(request);
  if (!heard) {
    return Error(heard.error());
  }
  request.next = Incarnation{std::max(heard->highest, Incarnation{1}).value + 1};
  const auto promised = peers.ask(request);
  if (!promised) {
    return Error(promised.error());
  }
  request.ends = promised->have.positions();
  const auto agreed = peers.ask(request);
  if (!agreed) {
    return Error(agreed.error());
  }
  const Seal seal{plan.branch.self, *request.next, *request.ends, true};
  return std::pair(seal, *agreed);
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
  const auto agreed = seal_old(plan);
  if (!agreed) {
    return Error(agreed.error());
  }
  const auto& [seal, said] = *agreed;
  auto aside = put_aside(directory);
  if (!aside) {
    return Error(aside.error());
  }
  Recovery recovery{.goal = said.applied, .release_rights = plan.release_rights};
  for (const EntryId& end : seal.ends) {
    recovery.goal.raise(end);
  }
  if (const auto made = make_directory(plan, seal, recovery); !made) {
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
                .ends = seal.ends,
                .kept_aside = *aside,
                .entries = 0,
                .without = {}};
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
