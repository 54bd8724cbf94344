// SPDX-License-Identifier: Apache-2.0
#include "lab/runner/runner.h"

#include <fmt/format.h>

#include <cstring>
#include <set>

#include "base/check.h"
#include "lab/runner/branch_recorder.h"
#include "lab/runner/lines.h"
#include "lab/runner/narration.h"
#include "lab/runner/process_group.h"
#include "lab/runner/process_names.h"
#include "lab/runner/run_processes.h"
#include "lab/runner/storyteller.h"
#include "rpc/clock.h"

namespace passbook {
namespace {

using ChildId = ProcessGroup::ChildId;

/// How long processes may take to be ready, and to end when asked to.
constexpr Duration kStartPatience = std::chrono::seconds(30);
constexpr Duration kEndPatience = std::chrono::seconds(4);
/// Shorter after a failure, since nobody waits for the answers that are still under way.
constexpr Duration kFailedPatience = std::chrono::milliseconds(250);
constexpr std::size_t kLastWords = 5;

/// A customer's process, and the events sent to it.
struct CustomerProcess {
  ChildId child = 0;
  bool ready = false;
  std::optional<std::string> ended;    ///< how it ended, if it has
  std::vector<EventPlace> sent;        ///< all events ever sent to it, in order
  std::size_t answered = 0;            ///< how many of them have an answer
  std::optional<std::size_t> listing;  ///< the assignment under way
  HeldPassbook held;
};

class Runner {
 public:
  Runner(const Scenario& scenario, const RunOptions& options, RunStory& story)
      : scenario_(scenario),
        options_(options),
        story_(story),
        began_(real_now()),
        processes_(options.log_dir),
        schedule_(options.schedule, scenario),
        teller_(story, options.narrate, count_events(scenario)) {
    for (const Listing& listing : scenario.listings) {
      report_.performed.emplace_back(listing.events.size());
    }
  }

  RunReport run() {
    spawn();
    start_up();
    if (!report_.failure) {
      play();
    }
    if (!report_.failure) {
      audit();
    }
    settle_story();
    report_.failure = report_.failure ? report_.failure : fail_later_;
    close_unfinished();
    settle_story();
    processes_.stop(real_now() + (report_.failure ? kFailedPatience : kEndPatience));
    report_.broken = broken_guarantees(scenario_, report_.performed);
    report_.total = real_now() - began_;
    return std::move(report_);
  }

 private:
  void spawn() {
    Bank bank = bank_of(scenario_);
    bank.run = options_.data ? 0 : session_;  // leftovers of an earlier run belong to another bank
    int port = options_.base_port.value_or(0);
    for (const ScenarioBranch& branch : scenario_.branches) {
      BranchConfig config{
          .bank = bank,
          .self = branch.id,
          .listen = listen_at(port),
          .options = {},
          .data = {},
          .record = recording_to({recorded(options_.history_dir, name_of(branch.id)),
                                  recorded(options_.trace_dir, name_of(branch.id))},
                                 bank, branch.id),
          .version = {}};
      config.options.propagation_delay = options_.propagation_delay;
      if (options_.data) {
        use_data_directory(config, {.path = directory_of(branch.id, *options_.data),
                                    .create = !options_.data->resume});
        config.options.listen_first =
            options_.data->resume ? config.options.listen_first : Duration{};
      }
      const StoryAudience audience{.runner = options_.narrate, .log = options_.log_dir.has_value()};
      config.options.observe = audience.runner || audience.log;
      if (options_.listed_clocks) {
        config.options.full_mesh = scenario_.branches.size();
        config.options.pass_on = false;
      }
      port += options_.base_port ? 1 : 0;
      const ChildId child = processes_.spawn(name_of(branch.id),
                                             [&] { return run_branch_process(config, audience); });
      branches_.emplace(child, branch.id);
    }
    for (const Listing& listing : scenario_.listings) {
      if (!customers_.contains(listing.customer)) {
        customers_[listing.customer].child = spawn_customer(listing.customer, options_.guarantees);
        by_child_.emplace(customers_[listing.customer].child, listing.customer);
      }
    }
    auditor_ = spawn_customer(CustomerId{}, Guarantees::eventual());
  }

  /// The port is for customers; the kernel chooses the other ports.
  std::map<Audience, std::string> listen_at(int port) const {
    std::map<Audience, std::string> out{{Audience::customers, fmt::format("127.0.0.1:{}", port)},
                                        {Audience::operators, "127.0.0.1:0"}};
    if (scenario_.branches.size() > 1) {
      out.emplace(Audience::peers, "127.0.0.1:0");
    }
    return out;
  }

  ChildId spawn_customer(CustomerId id, Guarantees guarantees) {
    const std::string name = id == CustomerId{} ? kAuditor : name_of(id);
    const CustomerOptions options{.client = {id, session_},
                                  .guarantees = guarantees,
                                  .ack = options_.ack,
                                  .timeout = options_.timeout,
                                  .hears_clocks = !options_.listed_clocks};
    const CustomerFiles files{
        recorded(options_.history_dir, name),
        id == CustomerId{} ? std::nullopt : recorded(options_.trace_dir, name)};
    return processes_.spawn(name, [&] {
      return run_customer_process(options, name, files,
                                  {.runner = false, .log = options_.log_dir.has_value()});
    });
  }

  /// The file where a process records its events, if that is wanted.
  static std::optional<std::string> recorded(const std::optional<std::string>& directory,
                                             const std::string& name) {
    return directory ? std::optional(fmt::format("{}/{}.jsonl", *directory, name)) : std::nullopt;
  }

  // Starting up.

  void start_up() {
    const Instant until = real_now() + kStartPatience;
    wait_for(until, "the branches did not start in time",
             [&] { return report_.ports.size() == branches_.size(); });
    if (report_.failure) {
      return;
    }
    for (const ScenarioBranch& branch : scenario_.branches) {
      story_.serving(branch.id, report_.ports.at(branch.id), balances_.at(branch.id));
    }
    introduce();
    wait_for(until, "the customers did not find their branches in time", [&] {
      return auditor_ready_ && std::ranges::all_of(customers_, [](const auto& customer) {
               return customer.second.ready || customer.second.ended;
             });
    });
    report_.ready = real_now();
    report_.start_up = *report_.ready - began_;
    story_.ready();
  }

  static AddressLine addresses_at(const std::map<BranchId, int>& ports) {
    AddressLine out;
    for (const auto& [branch, port] : ports) {
      out.branches.emplace(branch, fmt::format("127.0.0.1:{}", port));
      out.visits.push_back(branch);
    }
    return out;
  }

  /// Tells every process at which addresses the branches serve processes of its kind.
  void introduce() {
    const std::string to_branches = write_line(addresses_at(peer_ports_));
    for (const auto& [child, branch] : branches_) {
      processes_.send(child, to_branches);
    }
    AddressLine line = addresses_at(report_.ports);
    processes_.send(auditor_, write_line(line));
    for (const auto& [id, customer] : customers_) {
      std::set<BranchId> visits;
      for (const Listing& listing : scenario_.listings) {
        for (const CustomerEvent& event : listing.events) {
          if (listing.customer == id) {
            visits.insert(event.branch);
          }
        }
      }
      line.visits.assign(visits.begin(), visits.end());
      processes_.send(customer.child, write_line(line));
    }
  }

  /// Handles happenings until `done`, or until the run fails.
  template <class Done>
  void wait_for(Instant until, const char* too_late, Done done) {
    while (!report_.failure && !done()) {
      if (real_now() >= until) {
        report_.failure = too_late;
        return;
      }
      take_in(until);
    }
  }

  void take_in(Instant until) {
    for (const ProcessGroup::Happening& happening :
         processes_.wait(teller_.waits() ? std::min(until, real_now()) : until)) {
      std::visit([&](const auto& h) { handle(h); }, happening);
    }
    teller_.read_all(processes_.passes());
  }

  /// Tells the rest of the story.
  void settle_story() {
    while (teller_.waits()) {
      take_in(real_now());
    }
  }

  // Happenings.

  void handle(const ProcessGroup::Line& line) {
    if (const auto branch = branches_.find(line.child); branch != branches_.end()) {
      branch_said(branch->second, line.text);
    } else if (line.child == auditor_) {
      auditor_said(line.text);
    } else {
      customer_said(customers_.at(by_child_.at(line.child)), line.text);
    }
  }

  void handle(const ProcessGroup::Ended& ended) {
    if (const auto branch = branches_.find(ended.child); branch != branches_.end()) {
      fail(fmt::format("branch {} ended: {}", branch->second.value, ended.how), ended.child);
    } else if (ended.child == auditor_) {
      fail(fmt::format("the auditor ended: {}", ended.how), ended.child);
    } else {
      customer_ended(by_child_.at(ended.child), ended);
    }
  }

  void handle(const ProcessGroup::Interrupted& interrupted) {
    report_.interrupted = interrupted.signal;
    fail(fmt::format("interrupted by {}", strsignal(interrupted.signal)), std::nullopt);
  }

  void fail(std::string why, std::optional<ChildId> child) {
    if (!report_.failure) {
      report_.failure = std::move(why);
      if (child) {
        report_.last_words = processes_.log_tail(*child, kLastWords);
      }
    }
  }

  void branch_said(BranchId branch, const std::string& text) {
    if (const auto ports = read_listening_line(text)) {
      report_.ports[branch] = ports->customers;
      balances_[branch] = ports->balance;
      peer_ports_[branch] = ports->peers;
    } else if (const auto narrated = read_narrated_line(text)) {
      // The auditor's queries are not part of the story.
      const auto& request = narrated->request;
      if (!request || request->client.customer != CustomerId{}) {
        teller_.narrated(branch, request ? place_of(*request) : std::nullopt, *narrated,
                         processes_.passes());
      }
    }
  }

  void customer_said(CustomerProcess& customer, const std::string& text) {
    if (text.starts_with(kReadyLine)) {
      customer.ready = true;
      return;
    }
    auto answer = read_answer_line(text);
    PASSBOOK_CHECK(answer && customer.answered < customer.sent.size(),
                   "a customer's line is a valid answer");
    const EventPlace place = customer.sent[customer.answered++];
    customer.held = std::move(answer->held);
    schedule_.answered(customer.held);
    ++report_.answered;
    finish_event(place, std::move(answer->performed), answer->at);
    if (customer.answered == customer.sent.size()) {
      begin(schedule_.finished(*std::exchange(customer.listing, std::nullopt), customer.held));
    }
  }

  void finish_event(EventPlace place, Performed performed, Instant at) {
    finished_.insert(place);
    teller_.performed(place, performed, at, processes_.passes());
    report_.performed[place.listing][place.event] = std::move(performed);
  }

  /// Its remaining events can't be performed. The other customers go on.
  void customer_ended(CustomerId id, const ProcessGroup::Ended& ended) {
    CustomerProcess& customer = customers_.at(id);
    customer.ended = fmt::format("customer {} ended: {}", id.value, ended.how);
    fail_later_ = fail_later_.value_or(*customer.ended);
    close_events(customer, *customer.ended, /*may_have_begun=*/true);
    if (customer.listing) {
      begin(schedule_.finished(*std::exchange(customer.listing, std::nullopt), customer.held));
    }
  }

  std::optional<EventPlace> place_of(const RequestId& request) const {
    const auto customer = customers_.find(request.client.customer);
    if (customer == customers_.end() || request.number == 0 ||
        request.number > customer->second.sent.size()) {
      return std::nullopt;
    }
    return customer->second.sent[request.number - 1];
  }

  // Playing the scenario.

  void play() {
    const Instant began = real_now();
    begin(schedule_.start());
    wait_for(kNever, "", [&] { return schedule_.done(); });
    report_.events = real_now() - began;
  }

  /// Begins assignments, and those that follow when some of them end at once.
  void begin(std::vector<Assignment> assignments) {
    while (!assignments.empty()) {
      const Assignment next = assignments.front();
      assignments.erase(assignments.begin());
      if (begin_one(next)) {
        std::ranges::move(schedule_.finished(next.listing, customer_of(next).held),
                          std::back_inserter(assignments));
      }
    }
  }

  CustomerProcess& customer_of(const Assignment& assignment) {
    return customers_.at(scenario_.listings[assignment.listing].customer);
  }

  /// True if the assignment has already ended: it has no events, or its customer has ended.
  bool begin_one(const Assignment& assignment) {
    const Listing& listing = scenario_.listings[assignment.listing];
    CustomerProcess& customer = customer_of(assignment);
    customer.listing = assignment.listing;
    const Duration extra = assignment.closing ? settling_time() : Duration{};
    processes_.send(customer.child, write_line(BeginLine{assignment.base}));
    for (std::size_t event = assignment.first; event < assignment.end; ++event) {
      customer.sent.push_back({assignment.listing, event});
      processes_.send(customer.child, write_line(EventLine{listing.events[event], extra}));
      if (!assignment.closing && event == assignment.first) {
        processes_.send(customer.child, write_line(BeginLine{}));  // only the first one waits
      }
    }
    if (customer.ended) {
      close_events(customer, *customer.ended, /*may_have_begun=*/false);
    }
    if (customer.answered < customer.sent.size()) {
      return false;
    }
    customer.listing.reset();
    return true;
  }

  /// How long a query for the settled state may take beyond its timeout.
  Duration settling_time() const { return 2 * options_.propagation_delay; }

  // After the last event.

  /// Asks all branches at once for their balances. Each first waits for everything that any
  /// customer wrote or saw and, if there may be more, for all that any branch had when asked.
  void audit() {
    HeldPassbook all = schedule_.seen_by_all();
    if (may_hold_what_nobody_saw()) {
      all.merge(ask_all(all));
    }
    if (!report_.failure) {
      ask_all(all);
    }
  }

  /// Whether branches may have entries that no customer knows: earlier ones, or unanswered writes.
  bool may_hold_what_nobody_saw() const {
    return (options_.data && options_.data->resume) || fail_later_ || report_.any_unknown();
  }

  /// Asks each branch for its balance once it has everything in `least`. Merges their passbooks.
  HeldPassbook ask_all(const HeldPassbook& least) {
    audited_ = {};
    report_.finals.clear();
    processes_.send(auditor_, write_line(BeginLine{least}));
    processes_.send(auditor_, write_line(QueryAllLine{settling_time()}));
    wait_for(kNever, "", [&] { return report_.finals.size() == scenario_.branches.size(); });
    std::ranges::sort(report_.finals, {}, [&](const FinalBalance& final) {
      return std::ranges::find(scenario_.branches, final.branch, &ScenarioBranch::id);
    });
    return audited_;
  }

  void auditor_said(const std::string& text) {
    if (text.starts_with(kReadyLine)) {
      auditor_ready_ = true;
      return;
    }
    const auto answer = read_answer_line(text);
    PASSBOOK_CHECK(answer.has_value(), "the auditor's line is a valid answer");
    audited_.merge(answer->held);
    report_.finals.push_back(
        {answer->event.branch, answer->performed.result.balance, answer->performed.result.reason});
  }

  /// Reports the events that have no answer when the run ends.
  void close_unfinished() {
    for (auto& [id, customer] : customers_) {
      close_events(customer, report_.failure.value_or("the run ended"), /*may_have_begun=*/true);
    }
    for (std::size_t l = 0; l < scenario_.listings.size(); ++l) {
      for (std::size_t e = 0; e < scenario_.listings[l].events.size(); ++e) {
        if (finished_.insert({l, e}).second) {
          ++report_.not_begun;
          report_.performed[l][e].result = {
              ResultWord::fail, "not performed: " + report_.failure.value_or("the run ended"), {}};
        }
      }
    }
  }

  /// The first event without an answer may have had an effect if `may_have_begun`. Those after it
  /// were not begun.
  void close_events(CustomerProcess& customer, const std::string& why, bool may_have_begun) {
    while (customer.answered < customer.sent.size()) {
      const EventPlace place = customer.sent[customer.answered++];
      const bool write =
          scenario_.listings[place.listing].events[place.event].interface != Interface::query;
      Performed performed;
      performed.result.result = write && may_have_begun ? ResultWord::unknown : ResultWord::fail;
      performed.result.reason = (may_have_begun ? "no answer: " : "not performed: ") + why;
      if (std::exchange(may_have_begun, false)) {
        ++report_.cut_off;
        finish_event(place, std::move(performed), real_now());
      } else {
        ++report_.not_begun;
        finished_.insert(place);
        report_.performed[place.listing][place.event] = std::move(performed);
      }
    }
  }

  const Scenario& scenario_;
  RunOptions options_;
  RunStory& story_;
  Instant began_;
  std::uint64_t session_ = new_session();
  ProcessGroup processes_;
  Schedule schedule_;
  RunReport report_;
  Storyteller teller_;

  std::map<ChildId, BranchId> branches_;
  std::map<BranchId, int> peer_ports_;
  std::map<BranchId, Money> balances_;  ///< at which they began
  std::map<CustomerId, CustomerProcess> customers_;
  std::map<ChildId, CustomerId> by_child_;
  ChildId auditor_ = 0;
  bool auditor_ready_ = false;
  HeldPassbook audited_;                   ///< the merged passbooks of the auditor's answers
  std::optional<std::string> fail_later_;  ///< a customer ended; the others finish first

  std::set<EventPlace> finished_;
};

}  // namespace

RunReport run_scenario(const Scenario& scenario, const RunOptions& options, RunStory& story) {
  return Runner(scenario, options, story).run();
}

}  // namespace passbook
