// SPDX-License-Identifier: Apache-2.0
#include "server/recovery.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <stop_token>
#include <thread>

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

/// How long a branch in memory waits for an answer, and then until it asks again.
constexpr Duration kAttempt = std::chrono::seconds(1);
constexpr Duration kAgain = std::chrono::milliseconds(50);

RecoveryOrder order_of(const BranchConfig& branch, const RecoveryTerms& terms) {
  RecoveryOrder out{.bank = identity(branch.bank),
                    .branch = branch.self,
                    .others = {},
                    .nonce = random_number(),
                    .keep = terms.keep,
                    .release_rights = terms.release_rights};
  for (const auto& [other, address] : terms.operators) {
    out.others.push_back(other);
  }
  return out;
}

/// Why there was no agreement.
struct Disagreement {
  std::string why;
  bool hopeless = false;  ///< asking the same again would not help
};
using Agreement = std::expected<RecoveryCoordinator, Disagreement>;

/// Makes all other branches agree on the ends of the lost logs.
Agreement agree(RecoveryOrder order, const RecoveryTerms& terms) {
  RecoveryCoordinator out(std::move(order));
  while (!out.questions().empty()) {
    for (const auto& [branch, request] : std::vector(out.questions())) {
      const std::string& address = terms.operators.at(branch);
      const auto reply = OperatorClient(address).seal(request, terms.patience);
      if (!reply) {
        return std::unexpected(
            Disagreement{fmt::format("branch {} at {}: {}", branch.value, address, reply.error())});
      }
      out.hear(branch, *reply);
    }
  }
  return out.failure().empty() ? Agreement(std::move(out))
                               : std::unexpected(Disagreement{out.failure(), out.hopeless()});
}

/// Tries until there is an agreement, none is possible, or patience is over.
Agreement agree_in_time(const RecoveryOrder& order, RecoveryTerms terms, std::stop_token stop) {
  const Instant until = real_now() + terms.patience;
  terms.patience = std::min(terms.patience, kAttempt);
  std::mutex mutex;
  std::condition_variable_any stopped;
  while (true) {
    RecoveryOrder attempt = order;
    attempt.nonce = random_number();
    Agreement out = agree(std::move(attempt), terms);
    if (out || out.error().hopeless || stop.stop_requested() || real_now() >= until) {
      return out;
    }
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, kAgain, [] { return false; });
  }
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

/// Makes a directory with the new incarnation's first records.
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

/// From here on the others may give up what only this branch had.
Expected<void> record_loss(const BranchConfig& branch) {
  if (!branch.record) {
    return {};
  }
  const auto recorder = branch.record();
  if (!recorder) {
    return Error(recorder.error());
  }
  return (*recorder)->disk_lost() ? Expected<void>() : Error((*recorder)->failure());
}

}  // namespace

std::expected<Recovered, std::string> recover_branch(const RecoveryPlan& plan) {
  const std::string& directory = plan.branch.data->path;
  if (in_use(directory)) {
    return Error(fmt::format("{}: another process uses this data directory", directory));
  }
  if (const auto recorded = record_loss(plan.branch); !recorded) {
    return Error(recorded.error());
  }
  const auto agreed = agree(order_of(plan.branch, plan.terms), plan.terms);
  if (!agreed) {
    return Error(agreed.error().why);
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
    return Error("the recovery was not finished: the branch resumes it when it is started");
  }
  Recovered out{.incarnation = seal.next,
                .ends = seal.ends.kept,
                .renamed_to = *aside,
                .entries = 0,
                .without = {},
                .diverged = agreed->diverged()};
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

namespace {

/// The records that the next incarnation begins with: the agreement, and everything that the
/// restarted process was told about other branches meanwhile.
Beginning beginning_of(const RecoveryCoordinator& agreed, const Seals& told) {
  const Seal& seal = agreed.seal();
  Beginning out{seal.next, {seal, agreed.recovery()}};
  std::ranges::copy_if(told.all(), std::back_inserter(out.records),
                       [&](const Seal& other) { return other.branch != seal.branch; });
  return out;
}

void tell(const RecoveryCoordinator& agreed) {
  const Seal& seal = agreed.seal();
  log_info(fmt::format("it begins incarnation {}", seal.next.value));
  for (const auto& [end, tag] : seal.ends.kept) {
    log_info(fmt::format("in its incarnation {}, entries up to {} were found; later ones are lost",
                         end.origin.incarnation.value, end.sequence.value));
  }
  for (const BranchId branch : agreed.diverged()) {
    log_warning(
        fmt::format("branch {} has a different history of this branch and must be recovered too",
                    branch.value));
  }
}

}  // namespace

std::expected<std::optional<BranchConfig>, std::string> rejoin(BranchServer& restarted,
                                                               BranchConfig config,
                                                               const RecoveryTerms& terms) {
  if (const auto recorded = restarted.record_loss(); !recorded) {
    return Error(recorded.error());
  }
  log_info("it has forgotten its earlier lives, and asks the other branches how they ended");
  RecoveryOrder order = order_of(config, terms);
  order.process = restarted.state().process().nonce;
  std::optional<Agreement> agreed;
  std::atomic<bool> done = false;
  std::jthread asking([&](const std::stop_token& stop) {
    agreed = agree_in_time(order, terms, stop);
    done = true;
    restarted.wake();
  });
  const bool wanted = restarted.serve_operators([&] { return done.load(); });
  asking.request_stop();
  asking.join();
  if (!wanted) {
    return std::nullopt;
  }
  if (!*agreed) {
    return Error(agreed->error().why);
  }
  config.listen = restarted.addresses();
  if ((*agreed)->needed()) {
    tell(**agreed);
    config.beginning = beginning_of(**agreed, restarted.state().seals());
    config.options.starts_empty = false;
  }
  return config;
}

}  // namespace passbook
