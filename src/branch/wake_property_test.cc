// SPDX-License-Identifier: Apache-2.0
// Compares banks whose replicas are stepped only on events and when they asked for it with the same
// banks stepped all the time: there must be no visible difference. So a replica announces the time
// of everything it does by itself, and a step at that time has an effect.
#include <gtest/gtest.h>

#include <chrono>

#include "base/check.h"
#include "branch/test_bank.h"

namespace passbook {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// The visible effects of a step. Snapshots are not included: a snapshot that was begun goes on
/// with every step, and nothing waits for it.
struct Deeds {
  std::vector<Record> kept;
  std::vector<SendMessage> sends;
  std::vector<AnswerCall> answers;
  std::vector<BranchId> dials;
  std::vector<LinkId> closes;
  bool stopped = false;

  bool any() const { return *this != Deeds{}; }
  bool operator==(const Deeds&) const = default;
};

Deeds deeds_of(const Effects& effects) {
  return {effects.persist, effects.sends,  effects.answers,
          effects.dials,   effects.closes, effects.stop.has_value()};
}

/// A step with a visible effect.
struct Done {
  Instant at;
  BranchId by;
  Deeds deeds;
  bool operator==(const Done&) const = default;
};

std::string describe(const Done& done) {
  std::string out = std::to_string(done.at.time_since_epoch().count()) + " ns, branch " +
                    std::to_string(done.by.value) + ':';
  const auto count = [&](std::size_t number, const char* what) {
    if (number > 0) {
      out += ' ' + std::to_string(number) + what;
    }
  };
  count(done.deeds.kept.size(), " kept");
  for (const SendMessage& send : done.deeds.sends) {
    out += " message " + std::to_string(send.envelope.message.index()) + " to link " +
           std::to_string(send.link.value);
  }
  for (const AnswerCall& answer : done.deeds.answers) {
    out += " answer " + std::to_string(answer.call.value) + ' ' + to_string(answer.answer.outcome);
  }
  count(done.deeds.dials.size(), " dials");
  count(done.deeds.closes.size(), " closes");
  return out;
}

template <class Item>
Item any_of(Random& random, std::initializer_list<Item> items) {
  return *(items.begin() + random.below(items.size()));
}

/// Equally likely some milliseconds or some seconds.
Duration any_time(Random& random, Duration most) {
  const Duration scale = most / (std::int64_t{1} << random.below(12));
  return Duration(
      1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(scale.count()))));
}

/// Mostly there are no heartbeats, since they would hide late actions.
BranchOptions any_options(Random& random) {
  BranchOptions out;
  out.heartbeat_every = any_of<Duration>(random, {hours(1), hours(1), hours(1), seconds(4)});
  out.link_timeout = any_of<Duration>(random, {hours(2), hours(2), seconds(6)});
  out.full_mesh = any_of<std::size_t>(random, {16, 2});
  out.mesh_shape = any_of(random, {MeshShape::binary, MeshShape::ternary, MeshShape::grid});
  out.propagation_delay = any_of<Duration>(random, {{}, {}, milliseconds(300)});
  out.listen_first = any_of<Duration>(random, {{}, milliseconds(700)});
  out.linger = any_of<Duration>(random, {seconds(10), seconds(1)});
  out.patience_most = any_of<Duration>(random, {seconds(5), milliseconds(400)});
  out.gather_reports = any_of<Duration>(random, {milliseconds(5), milliseconds(90)});
  out.window_entries = any_of<std::size_t>(random, {65536, 3});
  out.beyond_window = any_of<std::size_t>(random, {512, 2});
  out.longest_request = any_of<Duration>(random, {seconds(60), seconds(2)});
  return out;
}

TestBank::Config any_bank(Random& random) {
  TestBank::Config out;
  out.options = any_options(random);
  out.branches = static_cast<std::uint32_t>(out.options.full_mesh == 2 ? 5 + random.below(4)
                                                                       : 1 + random.below(4));
  out.options.pass_on = out.options.full_mesh == 2 || random.chance(3, 4);
  out.opening = 1000;
  out.seed = random.next();
  out.slowest = any_of<Duration>(random, {milliseconds(3), milliseconds(40), seconds(1)});
  return out;
}

/// One run of a bank. The seed and the replicas' actions determine everything that happens.
class Life {
 public:
  Life(std::uint64_t seed, Duration tick)
      : random_(seed), config_(watched(any_bank(random_), tick)), bank_(config_) {
    for (std::uint64_t id = 1; id <= kCustomers; ++id) {
      const auto guarantees = random_.chance(1, 2) ? Guarantees::session() : Guarantees::eventual();
      const auto ack = any_of(random_, {AckLevel::local, AckLevel::majority, AckLevel::all});
      customers_.push_back(customer(bank_, id, guarantees, ack));
    }
  }
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;

  void live() {
    bank_.run_for(any_time(random_, milliseconds(200)));
    for (int i = 0; i < kEvents; ++i) {
      happen();
      bank_.run_for(any_time(random_, seconds(2)));
    }
    bank_.heal();
    bank_.run_for(kPeace);
  }

  const TestBank::Config& config() const { return config_; }
  const std::vector<Done>& done() const { return done_; }
  /// Steps that were wrong by themselves.
  const std::vector<std::string>& wrong() const { return wrong_; }
  const std::map<BranchId, Instant>& wakes() const { return wakes_; }
  Instant now() const { return bank_.now(); }

 private:
  static constexpr std::uint64_t kCustomers = 5;
  static constexpr int kEvents = 50;
  static constexpr Duration kPeace = minutes(2);

  TestBank::Config watched(TestBank::Config config, Duration tick) {
    config.tick = tick;
    config.watch = [this](BranchId branch, std::span<const Event> events, const Effects& effects) {
      watch(branch, events, effects);
    };
    return config;
  }

  void happen() {
    const std::uint64_t chosen = random_.below(100);
    const auto branch = 1 + static_cast<std::uint32_t>(random_.below(config_.branches));
    if (chosen < 65) {
      call(branch);
    } else if (chosen < 75) {
      call_again(branch);
    } else if (chosen < 82) {
      bank_.cut(branch, 1 + static_cast<std::uint32_t>(random_.below(config_.branches)));
    } else if (chosen < 90) {
      bank_.heal();
    } else if (chosen < 95) {
      bank_.pause(branch, any_time(random_, any_of(random_, {seconds(8), seconds(60)})));
    } else {
      bank_.crash(branch);
      wakes_.erase(BranchId{branch});
      bank_.restart(branch);
    }
  }

  void call(std::uint32_t branch) {
    TestCustomer& who = customers_[random_.below(kCustomers)];
    for (const CallId each : calls_) {
      if (const Answer* answer = bank_.answer(each)) {
        who.saw(*answer);
      }
    }
    const auto amount = 1 + static_cast<std::int64_t>(random_.below(600));
    const std::uint64_t kind = random_.below(10);
    requests_.push_back(kind < 2   ? who.query(branch)
                        : kind < 4 ? who.deposit(branch, amount)
                                   : who.withdraw(branch, amount));
    ask(branch, requests_.back());
  }

  /// Retries a request, perhaps at another branch, or gives it up.
  void call_again(std::uint32_t branch) {
    if (requests_.empty()) {
      return;
    }
    Request again = requests_[random_.below(requests_.size())];
    if (random_.chance(1, 4)) {
      again.operation = Abandon{};
    }
    ask(branch, again);
  }

  void ask(std::uint32_t branch, const Request& request) {
    calls_.push_back(bank_.call(branch, request, any_time(random_, seconds(20))));
  }

  void watch(BranchId branch, std::span<const Event> events, const Effects& effects) {
    Done step{bank_.now(), branch, deeds_of(effects)};
    const auto before = wakes_.find(branch);
    if (events.empty() && before != wakes_.end()) {
      look_at_step_without_events(step, before->second, effects.wake);
    }
    wakes_[branch] = effects.wake;
    if (step.deeds.any()) {
      done_.push_back(std::move(step));
    }
  }

  /// A step before the time that the replica asked for must have no effect. A step at that time
  /// must have one: a visible effect, or a later time for the next step, or either of these after
  /// one more step.
  void look_at_step_without_events(const Done& step, Instant wake, Instant next) {
    const std::pair<Instant, BranchId> which{step.at, step.by};
    if (step.at < wake && (step.deeds.any() || next != wake)) {
      wrong_.push_back("unasked: " + describe(step));
    } else if (step.at >= wake && !step.deeds.any() && next <= step.at &&
               std::exchange(last_for_nothing_, which) == which) {
      wrong_.push_back("for nothing, again: " + describe(step));
      PASSBOOK_CHECK(wrong_.size() < 1000, "a replica spins");
    }
  }

  Random random_;
  std::vector<Done> done_;
  std::vector<std::string> wrong_;
  std::pair<Instant, BranchId> last_for_nothing_;
  std::map<BranchId, Instant> wakes_;  ///< when the replicas want to be stepped
  std::vector<CallId> calls_;
  std::vector<Request> requests_;
  std::vector<TestCustomer> customers_;
  TestBank::Config config_;
  TestBank bank_;
};

void expect_nothing_wrong(const Life& life) {
  for (const std::string& wrong : life.wrong()) {
    ADD_FAILURE() << wrong;
  }
}

void expect_same(const Life& woken, const Life& ticked) {
  const auto& [a, b] = std::ranges::mismatch(woken.done(), ticked.done());
  if (a == woken.done().end() && b == ticked.done().end()) {
    return;
  }
  ADD_FAILURE() << "woken:  " << (a == woken.done().end() ? "nothing more" : describe(*a)) << "\n"
                << "ticked: " << (b == ticked.done().end() ? "nothing more" : describe(*b));
}

class WakeProperty : public testing::TestWithParam<std::uint64_t> {};

TEST_P(WakeProperty, ReplicasSayWhenTheyDoSomethingOfThemselves) {
  Random random(GetParam());
  Life woken(GetParam(), Duration{});
  Life ticked(GetParam(), any_of(random, {milliseconds(1), milliseconds(5), milliseconds(20)}));
  woken.live();
  ticked.live();
  expect_nothing_wrong(woken);
  expect_nothing_wrong(ticked);
  expect_same(woken, ticked);
  EXPECT_FALSE(woken.done().empty());
}

TEST_P(WakeProperty, InPeaceOnlyHeartbeatsAreLeft) {
  Life life(GetParam(), Duration{});
  life.live();
  const BranchOptions& options = life.config().options;
  if (options.link_timeout < options.heartbeat_every) {
    return;  // the bank never comes to rest
  }
  for (const auto& [branch, wake] : life.wakes()) {
    EXPECT_GT(wake - life.now(),
              options.heartbeat_every == hours(1) ? minutes(50) : milliseconds(0))
        << "branch " << branch.value;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, WakeProperty, testing::Range<std::uint64_t>(1, 61));

}  // namespace
}  // namespace passbook
