// SPDX-License-Identifier: Apache-2.0
#include "host/branch_host.h"

#include <fmt/format.h>

#include "host/log.h"
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
  return std::unique_ptr<BranchHost>(new BranchHost(config, std::move(*transport)));
}

BranchHost::BranchHost(const BranchConfig& config, std::unique_ptr<Transport> transport)
    : config_(config),
      transport_(std::move(transport)),
      replica_(config.bank, Origin{config.self}, config.options, {}) {}

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
  journal_.append(std::move(effects.persist));
  for (const BranchId peer : effects.dials) {
    transport_->dial(peer);
  }
  gate_.hold({.rests_on = journal_.appended(),
              .sends = std::move(effects.sends),
              .answers = std::move(effects.answers)});
  release();
  for (const LinkId link : effects.closes) {
    transport_->close(link);
  }
  if (effects.stop) {
    log_error(*effects.stop);
    broken_ = true;
  }
  return effects.wake;
}

void BranchHost::release() {
  for (const OutGate::Batch& batch : gate_.release(journal_.durable())) {
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
