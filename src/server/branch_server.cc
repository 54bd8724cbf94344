// SPDX-License-Identifier: Apache-2.0
#include "server/branch_server.h"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>

#include "branch/fetching.h"
#include "branch/options_check.h"
#include "journal/disk_journal.h"
#include "journal/memory_journal.h"
#include "rpc/clock.h"
#include "server/log.h"

namespace passbook {
namespace {

/// How long to wait for calls in flight after a request to stop.
constexpr Duration kDrain = std::chrono::seconds(4);
/// How long a branch with an earlier life listens to its peers before it takes writes.
constexpr Duration kListen = std::chrono::seconds(2);
/// How often to check the space on the journal's disk.
constexpr Duration kDiskCheck = std::chrono::milliseconds(200);

}  // namespace

void use_memory_journal(BranchConfig& config) {
  config.options.starts_empty = true;
  config.options.listen_first = kListen;
  config.options.rebuilt_by = "passbook branch --rejoin";
}

void use_data_directory(BranchConfig& config, const DataDirectory& data) {
  config.data = data;
  config.options.snapshot_every = 100'000;
  config.options.listen_first = kListen;
}

std::expected<std::unique_ptr<BranchServer>, std::string> BranchServer::start(
    const BranchConfig& config) {
  if (auto wrong = contradiction_in(config.options, config.bank.branches.size())) {
    return std::unexpected(*std::move(wrong));
  }
  auto transport = Transport::start(
      {.listen = config.listen, .bank = identity(config.bank), .branches = config.bank.branches});
  if (!transport) {
    return std::unexpected(transport.error());
  }
  std::unique_ptr<Recorder> recorder;
  if (config.record) {
    auto opened = config.record();
    if (!opened) {
      return std::unexpected(opened.error());
    }
    recorder = std::move(*opened);
  }
  auto kept = open_journal(config, **transport);
  if (!kept) {
    return std::unexpected(kept.error());
  }
  return std::unique_ptr<BranchServer>(
      new BranchServer(config, std::move(*transport), std::move(*kept), std::move(recorder)));
}

namespace {

State new_state(const BranchConfig& config, Origin self) {
  return State(config.bank, self, random_number(), config.options.session_bytes,
               config.options.snapshot_every > 0);
}

}  // namespace

std::expected<BranchServer::Kept, std::string> BranchServer::begin_in_memory(
    const BranchConfig& config) {
  const Beginning beginning = config.beginning.value_or(Beginning{});
  State state = new_state(config, {config.self, beginning.incarnation});
  if (const auto restored = state.restore({{}, beginning.records}); !restored) {
    return std::unexpected("the others agreed on what can't be" + describe(restored.error()));
  }
  auto journal = std::make_unique<MemoryJournal>();
  journal->append(beginning.records);
  return Kept{std::move(journal), std::move(state)};
}

std::expected<BranchServer::Kept, std::string> BranchServer::open_journal(
    const BranchConfig& config, Transport& transport) {
  const Origin self{config.self};
  if (!config.data) {
    return begin_in_memory(config);
  }
  auto opened = DiskJournal::open({.directory = config.data->path,
                                   .owner = {identity(config.bank), self},
                                   .create = config.data->create,
                                   .changed = [&transport] { transport.wake(); },
                                   .log = [](const std::string& line) { log_warning(line); }});
  if (!opened) {
    return std::unexpected(opened.error());
  }
  if (opened->branch != self && opened->journal->appended() == 0) {
    return std::unexpected(
        fmt::format("{}: a recovery was cut off before it had begun to write: passbook recover "
                    "begins again",
                    config.data->path));
  }
  State state = new_state(config, opened->branch);
  if (const auto restored = state.restore(opened->recall); !restored) {
    return std::unexpected(damaged_journal(config.data->path, describe(restored.error())));
  }
  return Kept{std::move(opened->journal), std::move(state)};
}

namespace {

/// A recorder needs all observations.
BranchOptions observing(BranchOptions options, const Recorder* recorder) {
  options.observe = options.observe || recorder != nullptr;
  options.observe_messages = recorder != nullptr && recorder->wants_messages();
  return options;
}

}  // namespace

BranchServer::BranchServer(const BranchConfig& config, std::unique_ptr<Transport> transport,
                           Kept kept, std::unique_ptr<Recorder> recorder)
    : config_(config),
      transport_(std::move(transport)),
      replica_(config.bank, observing(config.options, recorder.get()), std::move(kept.state)),
      journal_(std::move(kept.journal)),
      recorder_(std::move(recorder)) {
  if (const std::uint64_t records = journal_->appended(); config.data && records > 0) {
    log_info(fmt::format("{} records of earlier lives, {} of them read", records,
                         records - replica_.state().records_in_snapshot()));
  }
}

int BranchServer::run(std::map<BranchId, std::string> peers, const Observer& observer) {
  const StopSignal stop([this] { transport_->wake(); });
  log_info(fmt::format("serving {}", describe(addresses())));
  find_peers(std::move(peers));
  begin();
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
  answer_last_operators();
  end();
  log_info("stopped");
  return broken_.has_value() ? 1 : 0;
}

int BranchServer::recover(std::map<BranchId, std::string> peers) {
  const StopSignal stop([this] { transport_->wake(); });
  find_peers(std::move(peers));
  transport_->drain();
  begin();
  const State& state = replica_.state();
  const auto done = [&] {
    return state.recovered() && state.releasable().empty() &&
           journal_->durable() == journal_->appended();
  };
  Instant wake = turn(real_now(), {});
  while (!stop.requested() && !broken_ && !done()) {
    wake = turn(wake, {});
  }
  end();
  return done() ? 0 : 1;
}

std::expected<void, std::string> BranchServer::record_loss() {
  if (recorder_ && !recorder_->disk_lost()) {
    return std::unexpected(recorder_->failure());
  }
  return {};
}

bool BranchServer::serve_operators(const std::function<bool()>& done) {
  const StopSignal stop([this] { wake(); });
  transport_->drain();
  transport_->hang_up();
  while (!done() && !stop.requested()) {
    std::vector<Event> events = transport_->poll(kNever);
    for (const Event& event : events) {
      if (const auto* up = std::get_if<LinkUp>(&event)) {
        transport_->close(up->link);
      }
    }
    std::erase_if(
        events, [](const Event& event) { return !std::holds_alternative<OperatorCalled>(event); });
    Effects effects = replica_.step(events, real_now());
    effects.sends.clear();
    effects.answers.clear();
    effects.dials.clear();
    carry_out(effects);
  }
  return !stop.requested();
}

void BranchServer::find_peers(std::map<BranchId, std::string> peers) {
  peers_ = std::move(peers);
  transport_->set_peers(peers_);
}

void BranchServer::begin() {
  if (recorder_ && !recorder_->begin(replica_.state(), journal_->appended())) {
    give_up(recorder_->failure());
  }
}

void BranchServer::end() {
  if (recorder_ && !recorder_->end(replica_.state().ledger(), broken_)) {
    give_up(recorder_->failure());
  }
}

void BranchServer::give_up(const std::string& why) {
  if (!broken_) {
    broken_ = why;
    lost_its_memory_&& config_.rejoins ? log_warning(why) : log_error(why);
  }
}

/// One turn: waits for events at most until `wake`, steps the replica once, and carries out its
/// effects. Returns when to turn again at the latest.
Instant BranchServer::turn(Instant wake, const Observer& observer) {
  const std::vector<Event> events = gather_events(wake);
  Effects effects = replica_.step(events, real_now());
  if (!record(effects)) {
    return wake;
  }
  for (const Observation& observation : effects.observations) {
    tell(observation);
    if (observer) {
      observer(observation);
    }
  }
  carry_out(effects);
  lost_its_memory_ =
      effects.stop && !config_.data && config_.options.starts_empty && !replica_.takes_writes();
  for (const auto& why : {effects.stop, journal_->failure()}) {
    if (why) {
      give_up(*why);
    }
  }
  return config_.data ? std::min(effects.wake, next_disk_check_) : effects.wake;
}

/// Records the step before it has consequences. If that fails it must have none.
bool BranchServer::record(const Effects& effects) {
  if (recorder_ && !recorder_->step(effects.observations, effects.persist)) {
    give_up(recorder_->failure());
    return false;
  }
  return true;
}

std::vector<Event> BranchServer::gather_events(Instant wake) {
  std::vector<Event> events = transport_->poll(own_events_.empty() ? wake : Instant{});
  const Instant now = real_now();
  watch_disk(now);
  watch_calendar(now);
  std::ranges::move(std::exchange(own_events_, {}), std::back_inserter(events));
  return events;
}

/// Carries effects out in the order that Effects documents.
void BranchServer::carry_out(Effects& effects) {
  journal_->append(std::move(effects.persist));
  if (effects.snapshot) {
    journal_->keep(std::move(*effects.snapshot));
  }
  for (const BranchId peer : effects.dials) {
    transport_->dial(peer);
  }
  for (AnswerOperator& answer : effects.operator_answers) {
    if (auto* status = std::get_if<Status>(&answer.reply)) {
      complete(*status);
    }
  }
  gate_.hold({.rests_on = journal_->appended(),
              .sends = std::move(effects.sends),
              .answers = std::move(effects.answers),
              .operator_answers = std::move(effects.operator_answers)});
  release();
  for (const LinkId link : effects.closes) {
    transport_->close(link);
  }
  std::ranges::for_each(effects.fetches, [this](const Fetch& wanted) { fetch(wanted); });
}

/// Reads blocks that a peer lacks. If they are damaged the branch stops.
void BranchServer::fetch(const Fetch& wanted) {
  const std::uint64_t first =
      wanted.first > 0 ? wanted.first : journal_->first_beyond(wanted.after);
  auto read = journal_->read(first, wanted.bytes);
  if (!read) {
    give_up(read.error());
    return;
  }
  own_events_.emplace_back(
      take_wanted(wanted, first, std::move(read->records), journal_->durable()));
}

void BranchServer::watch_disk(Instant now) {
  if (!config_.data || now < next_disk_check_) {
    return;
  }
  next_disk_check_ = now + kDiskCheck;
  struct statvfs disk{};
  if (::statvfs(config_.data->path.c_str(), &disk) == 0) {
    const DiskSpace space{.free = std::uint64_t{disk.f_bavail} * disk.f_frsize,
                          .reserve = config_.data->reserve};
    own_events_.emplace_back(DiskChecked{space});
  }
}

/// Tells the replica the time of day, if it does not follow from what it was told before.
void BranchServer::watch_calendar(Instant now) {
  const std::uint64_t seconds = seconds_since_1970();
  calendar_.tick(now);
  const std::uint64_t expected = calendar_.seconds().value_or(0);
  if (std::max(seconds, expected) - std::min(seconds, expected) > 1) {
    calendar_.set(seconds, now);
    own_events_.emplace_back(CalendarSet{seconds});
  }
}

void BranchServer::release() {
  const std::uint64_t durable = journal_->durable();
  if (recorder_ && !recorder_->durable(durable)) {
    give_up(recorder_->failure());
    return;
  }
  for (const OutGate::Batch& batch : gate_.release(durable)) {
    for (const SendMessage& send : batch.sends) {
      transport_->send(send);
    }
    for (const AnswerCall& answer : batch.answers) {
      transport_->answer(answer);
    }
    for (const AnswerOperator& answer : batch.operator_answers) {
      transport_->answer(answer);
    }
  }
}

/// Answers the last operators: a branch that stops because of an operator's request has taken it
/// in, and a recovery waits for the answer. Peers and customers get no more answers.
void BranchServer::answer_last_operators() {
  const Instant until = real_now() + kDrain;
  while (!journal_->failure() && journal_->durable() < journal_->appended() && real_now() < until) {
    transport_->poll(until);
  }
  for (const OutGate::Batch& batch : gate_.release(journal_->durable())) {
    for (const AnswerOperator& answer : batch.operator_answers) {
      transport_->answer(answer);
    }
  }
}

/// Logs which peers can be reached and which can't.
void BranchServer::tell(const Observation& observation) const {
  if (const auto* refused = std::get_if<PeerRefused>(&observation)) {
    log_warning(refused->why);
  } else if (const auto* fork = std::get_if<ForkSeen>(&observation)) {
    log_error(describe(fork->fork));
  } else if (const auto* connected = std::get_if<PeerConnected>(&observation)) {
    log_info(fmt::format("connected to {}", name_of(connected->peer)));
  } else if (const auto* lost = std::get_if<PeerLost>(&observation)) {
    log_info(fmt::format("lost {}: {}", name_of(lost->peer), lost->why));
  } else if (const auto* away = std::get_if<PeerUnreachable>(&observation)) {
    log_warning(fmt::format("cannot reach branch {} at {}: {}", away->peer.value,
                            address_of(away->peer), away->why));
  }
}

/// "branch 2 (incarnation 1, 127.0.0.1:50062)"
std::string BranchServer::name_of(Origin peer) const {
  return fmt::format("branch {} (incarnation {}, {})", peer.branch.value, peer.incarnation.value,
                     address_of(peer.branch));
}

std::string BranchServer::address_of(BranchId peer) const {
  const auto found = peers_.find(peer);
  return found == peers_.end() ? "" : found->second;
}

/// Adds the parts of a status that the core can't know.
void BranchServer::complete(Status& status) const {
  status.version = config_.version;
  for (PeerStatus& peer : status.peers) {
    peer.address = address_of(peer.branch);
  }
}

}  // namespace passbook
