// SPDX-License-Identifier: Apache-2.0
#include "host/branch_host.h"

#include <fmt/format.h>

#include "host/log.h"
#include "journal/disk_journal.h"
#include "journal/memory_journal.h"
#include "rpc/clock.h"

namespace passbook {
namespace {

/// How long calls in flight are waited for after a request to stop.
constexpr Duration kDrain = std::chrono::seconds(4);

}  // namespace

std::expected<std::unique_ptr<BranchHost>, std::string> BranchHost::start(
    const BranchConfig& config) {
  auto transport = Transport::start({.listen = config.listen, .bank = identity(config.bank)});
  if (!transport) {
    return std::unexpected(transport.error());
  }
  auto kept = open_journal(config, **transport);
  if (!kept) {
    return std::unexpected(kept.error());
  }
  return std::unique_ptr<BranchHost>(
      new BranchHost(config, std::move(*transport), std::move(*kept)));
}

std::expected<BranchHost::Kept, std::string> BranchHost::open_journal(const BranchConfig& config,
                                                                      Transport& transport) {
  if (!config.data) {
    return Kept{std::make_unique<MemoryJournal>(), {}};
  }
  auto opened = DiskJournal::open({.directory = config.data->path,
                                   .owner = {identity(config.bank), Origin{config.self}},
                                   .create = config.data->create,
                                   .changed = [&transport] { transport.wake(); },
                                   .log = [](const std::string& line) { log_warning(line); }});
  if (!opened) {
    return std::unexpected(opened.error());
  }
  return Kept{std::move(opened->journal), std::move(opened->records)};
}

BranchHost::BranchHost(const BranchConfig& config, std::unique_ptr<Transport> transport, Kept kept)
    : config_(config),
      transport_(std::move(transport)),
      replica_(config.bank, Origin{config.self}, config.options, kept.records),
      journal_(std::move(kept.journal)) {
  if (!kept.records.empty()) {
    log_info(fmt::format("{} records of earlier lives", kept.records.size()));
  }
}

int BranchHost::run(std::map<BranchId, std::string> peers, const Observer& observer) {
  const StopSignal stop([this] { transport_->wake(); });
  log_info(fmt::format("serving on port {} with {} peers", port(), peers.size()));
  transport_->set_peers(std::move(peers));
  Instant wake = turn(real_now(), observer);
  while (!stop.requested() && !broken_) {
    wake = turn(wake, observer);
  }
  log_info(fmt::format("stopping; calls in work: {}", transport_->calls_in_work()));
  transport_->drain();
  const Instant until = real_now() + kDrain;
  while (!broken_ && transport_->calls_in_work() > 0 && real_now() < until) {
    wake = turn(std::min(wake, until), observer);
  }
  log_info("stopped");
  return broken_ ? 1 : 0;
}

/// One turn: waits for events at most until `wake`, steps the replica once, and carries out its
/// effects in the order that Effects documents. Returns when to turn again at the latest.
Instant BranchHost::turn(Instant wake, const Observer& observer) {
  const std::vector<Event> events = transport_->poll(wake);
  note(events);
  Effects effects = replica_.step(events, real_now());
  for (const Observation& observation : effects.observations) {
    if (const auto* refused = std::get_if<PeerRefused>(&observation)) {
      log_warning(refused->why);
    }
    if (observer) {
      observer(observation);
    }
  }
  journal_->append(std::move(effects.persist));
  for (const BranchId peer : effects.dials) {
    transport_->dial(peer);
  }
  gate_.hold({.rests_on = journal_->appended(),
              .sends = std::move(effects.sends),
              .answers = std::move(effects.answers)});
  release();
  for (const LinkId link : effects.closes) {
    transport_->close(link);
  }
  for (const auto& why : {effects.stop, journal_->failure()}) {
    if (why) {
      log_error(*why);
      broken_ = true;
    }
  }
  return effects.wake;
}

void BranchHost::release() {
  for (const OutGate::Batch& batch : gate_.release(journal_->durable())) {
    for (const SendMessage& send : batch.sends) {
      transport_->send(send);
    }
    for (const AnswerCall& answer : batch.answers) {
      transport_->answer(answer);
    }
  }
}

void BranchHost::note(const std::vector<Event>& events) const {
  for (const Event& event : events) {
    const auto* received = std::get_if<Received>(&event);
    const auto* hello = received ? std::get_if<Hello>(&received->message) : nullptr;
    if (hello != nullptr) {
      log_info(fmt::format("branch {} says hello", hello->from.branch.value));
    } else if (std::holds_alternative<LinkDown>(event)) {
      log_info("a stream to a peer has ended");
    }
  }
}

}  // namespace passbook
