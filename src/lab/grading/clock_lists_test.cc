// SPDX-License-Identifier: Apache-2.0
#include "lab/grading/clock_lists.h"

#include <functional>

#include "base/random.h"

namespace passbook::clocks {
namespace {

Process customer(std::uint64_t id) { return {ProcessKind::customer, id}; }
Process branch(std::uint64_t id) { return {ProcessKind::branch, id}; }

/// The events of a bank whose n customers deposit and then withdraw at their branches. Messages
/// arrive in random order.
class Bank {
 public:
  Bank(std::uint64_t n, std::uint64_t seed) : n_(n), random_(seed) {
    for (std::uint64_t c = 1; c <= n; ++c) {
      request(c, 2 * c - 1, Interface::deposit);
    }
    while (!due_.empty()) {
      const auto at = static_cast<std::ptrdiff_t>(random_.below(due_.size()));
      const std::function<void()> next = due_[static_cast<std::size_t>(at)];
      due_.erase(due_.begin() + at);
      next();
    }
  }

  std::vector<Event> of(ProcessKind kind) const {
    auto out = events_;
    std::erase_if(out, [&](const Event& event) { return event.process.kind != kind; });
    std::ranges::stable_sort(out, {}, [](const Event& e) { return std::pair(e.process, e.clock); });
    return out;
  }
  std::vector<Event> all() const {
    auto out = events_;
    std::ranges::stable_sort(out, {}, [](const Event& e) { return std::pair(e.request, e.clock); });
    return out;
  }
  Lists lists() const {
    Lists out{of(ProcessKind::customer), of(ProcessKind::branch), all(), {}};
    std::size_t place = 0;
    for (auto* list : {&out.by_customer, &out.by_branch, &out.all}) {
      for (Event& event : **list) {
        event.place = place++;
      }
    }
    for (std::uint64_t id = 1; id <= n_; ++id) {
      out.listed.push_back({customer(id), place++});
      out.listed.push_back({branch(id), place++});
    }
    return out;
  }
  Plan plan() const {
    Plan out;
    for (std::uint64_t c = 1; c <= n_; ++c) {
      out.branches.push_back(c);
      out.requests.push_back({2 * c - 1, c, c, Interface::deposit});
      out.requests.push_back({2 * c, c, c, Interface::withdraw});
    }
    return out;
  }

 private:
  std::uint64_t tell(const Process& process, std::uint64_t request, Interface interface,
                     Direction direction, const Process& named, std::uint64_t seen) {
    std::uint64_t& clock = clocks_[process];
    clock = std::max(clock, seen) + 1;
    events_.push_back({process, request, clock, interface, direction, named, 0});
    return clock;
  }

  void request(std::uint64_t c, std::uint64_t id, Interface interface) {
    const auto sent = tell(customer(c), id, interface, Direction::sent_from, customer(c), 0);
    due_.emplace_back([=, this] {
      tell(branch(c), id, interface, Direction::received_from, customer(c), sent);
      const bool first = interface == Interface::deposit;
      const auto propagation = first ? Interface::propagate_deposit : Interface::propagate_withdraw;
      for (std::uint64_t to = 1; to <= n_; ++to) {
        if (to != c) {
          due_.emplace_back([=, this] { propagate(c, to, id, propagation); });
        }
      }
      if (first) {
        due_.emplace_back([=, this] { request(c, id + 1, Interface::withdraw); });
      }
    });
  }

  void propagate(std::uint64_t from, std::uint64_t to, std::uint64_t id, Interface interface) {
    const auto sent = tell(branch(from), id, interface, Direction::sent_to, branch(to), 0);
    due_.emplace_back([=, this] {
      tell(branch(to), id, interface, Direction::received_from, branch(from), sent);
    });
  }

  std::uint64_t n_;
  Random random_;
  std::map<Process, std::uint64_t> clocks_;
  std::vector<Event> events_;
  std::vector<std::function<void()>> due_;
};

std::vector<std::string> words(const std::vector<Finding>& findings) {
  std::vector<std::string> out;
  for (const Finding& finding : findings) {
    out.push_back(finding.what);
  }
  return out;
}

TEST(JudgeClockLists, RightListsAreRight) {
  for (const std::uint64_t n : {1U, 2U, 3U, 4U, 10U}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const Bank bank(n, seed);
      const Lists all = bank.lists();
      const Plan plan = bank.plan();
      EXPECT_EQ(all.by_customer->size(), 2 * n);
      EXPECT_EQ(all.by_branch->size(), 2 * n + 4 * n * (n - 1));
      const std::vector<Lists> some = {
          all,
          {all.by_customer, {}, {}, {}},
          {{}, all.by_branch, {}, {}},
          {{}, {}, all.all, {}},
          {all.by_customer, all.by_branch, {}, {}},
          {all.by_customer, {}, all.all, {}},
      };
      for (const Lists& lists : some) {
        EXPECT_THAT(words(judge(lists, nullptr)), testing::IsEmpty()) << n << " " << seed;
        EXPECT_THAT(words(judge(lists, &plan)), testing::IsEmpty()) << n << " " << seed;
      }
    }
  }
}

/// A bank with lists short enough to write down: customer 1 deposits (request 1) and withdraws
/// (request 2) at branch 1 of three.
std::vector<Event> small_branches() {
  const auto propagation = [](std::uint64_t to_or_from, std::uint64_t clock, std::uint64_t request,
                              Direction direction, Interface interface) {
    return Event{branch(direction == Direction::sent_to ? 1 : to_or_from),
                 request,
                 clock,
                 interface,
                 direction,
                 branch(direction == Direction::sent_to ? to_or_from : 1),
                 0};
  };
  const auto deposit = Interface::propagate_deposit;
  const auto withdraw = Interface::propagate_withdraw;
  std::vector<Event> out = {
      {branch(1), 1, 2, Interface::deposit, Direction::received_from, customer(1), 0},
      propagation(2, 3, 1, Direction::sent_to, deposit),
      propagation(3, 4, 1, Direction::sent_to, deposit),
      {branch(1), 2, 5, Interface::withdraw, Direction::received_from, customer(1), 0},
      propagation(2, 6, 2, Direction::sent_to, withdraw),
      propagation(3, 7, 2, Direction::sent_to, withdraw),
      propagation(2, 4, 1, Direction::received_from, deposit),
      propagation(2, 7, 2, Direction::received_from, withdraw),
      propagation(3, 5, 1, Direction::received_from, deposit),
      propagation(3, 8, 2, Direction::received_from, withdraw),
  };
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].place = i;
  }
  return out;
}

/// Small lists: two events by customer, with places from 10, and ten by branch.
Lists small() {
  return {std::vector<Event>{
              {customer(1), 1, 1, Interface::deposit, Direction::sent_from, customer(1), 10},
              {customer(1), 2, 2, Interface::withdraw, Direction::sent_from, customer(1), 11}},
          small_branches(),
          {},
          {{branch(1), 20}, {branch(2), 21}, {branch(3), 22}, {customer(1), 23}}};
}

Plan small_plan() {
  return {{1, 2, 3}, {{1, 1, 1, Interface::deposit}, {2, 1, 1, Interface::withdraw}}};
}

struct Damage {
  const char* what;
  std::function<void(Lists&)> harm;
  std::vector<std::string> findings;
};

void remove(Lists& lists, std::vector<std::size_t> places) {
  for (auto* list : {&lists.by_customer, &lists.by_branch}) {
    std::erase_if(**list, [&](const Event& event) {
      return std::ranges::find(places, event.place) != places.end();
    });
  }
}

const std::vector<Damage> kDamages = {
    {"a receipt at the clock of its sending",
     [](Lists& l) { (*l.by_branch)[6].clock = 3; },
     {"branch 2 receives request 1 from branch 1 at 3, but it was sent at 3"}},
    {"a receipt from a customer before its sending",
     [](Lists& l) { (*l.by_branch)[0].clock = 1; },
     {"branch 1 receives request 1 from customer 1 at 1, but it was sent at 1"}},
    {"a clock twice in a branch",
     [](Lists& l) { (*l.by_branch)[2].clock = 3; },
     {"branch 1 sends request 1 to branch 3 at 3, the same clock as another event: branch 1 sends "
      "request 1 to branch 2"}},
    {"a missing receipt at a peer",
     [](Lists& l) { remove(l, {9}); },
     {"branch 1 sends request 2 to branch 3, which never receives it"}},
    {"a missing sending",
     [](Lists& l) { remove(l, {1}); },
     {"branch 1 receives request 1 from customer 1, a deposit, but never sends it to branch 2",
      "branch 2 receives request 1 from branch 1, which never sends it"}},
    {"a missing request",
     [](Lists& l) { remove(l, {10}); },
     {"branch 1 receives request 1 from customer 1, which never sends it",
      "customer 1 sends request 2 at 2, expected 1"}},
    {"a missing receipt from a customer",
     [](Lists& l) { remove(l, {3}); },
     {"branch 1 sends request 2 to branch 2, but never received it from a customer",
      "customer 1 sends request 2, which no branch receives"}},
    {"an event twice",
     [](Lists& l) {
       l.by_branch->insert(l.by_branch->begin() + 2, (*l.by_branch)[1]);
       (*l.by_branch)[2].place = 30;
     },
     {"branch 1 sends request 1 to branch 2 twice"}},
    {"an event that was not",
     [](Lists& l) {
       l.by_branch->push_back({branch(3), 1, 9, Interface::propagate_deposit,
                               Direction::received_from, branch(2), 30});
     },
     {"branch 3 receives request 1 from branch 2, which never sends it"}},
    {"a branch that sends to itself",
     [](Lists& l) {
       l.by_branch->insert(
           l.by_branch->begin() + 6,
           {branch(1), 2, 8, Interface::propagate_withdraw, Direction::sent_to, branch(1), 30});
     },
     {"branch 1 sends request 2 to branch 1, which is itself"}},
    {"a wrong interface at a peer",
     [](Lists& l) { (*l.by_branch)[6].interface = Interface::propagate_withdraw; },
     {"branch 2 receives request 1 from branch 1 as propagate_withdraw, but it is a deposit"}},
    {"a customer's word between branches",
     [](Lists& l) {
       (*l.by_branch)[9].interface = Interface::withdraw;
       remove(l, {5});
     },
     {"branch 1 receives request 2 from customer 1, a withdraw, but never sends it to branch 3",
      "branch 3 receives request 2 from branch 1 as withdraw"}},
    {"a customer's wrong interface",
     [](Lists& l) { (*l.by_customer)[0].interface = Interface::withdraw; },
     {"customer 1 sends request 1 as withdraw, but it is a deposit"}},
    {"a customer's clock that does not begin at 1",
     [](Lists& l) { (*l.by_customer)[0].clock = 2; },
     {"customer 1 sends request 1 at 2, expected 1"}},
    {"a customer's clock that leaps",
     [](Lists& l) { (*l.by_customer)[1].clock = 3; },
     {"customer 1 sends request 2 at 3, expected 2"}},
    {"a customer's clock that leaps at once",
     [](Lists& l) { (*l.by_customer)[0].clock = 5; },
     {"customer 1 sends request 1 at 5, expected 1",
      "customer 1 sends request 2 at 2, but is listed after 5"}},
    {"a customer's event of another one",
     [](Lists& l) { (*l.by_customer)[1].named = customer(2); },
     {"branch 1 receives request 2 from customer 1, which never sends it",
      "there is no customer 2"}},
    {"an unknown branch",
     [](Lists& l) {
       l.by_branch->insert(
           l.by_branch->begin() + 6,
           {branch(1), 2, 8, Interface::propagate_withdraw, Direction::sent_to, branch(9), 30});
     },
     {"there is no branch 9"}},
    {"a list out of order",
     [](Lists& l) { std::swap((*l.by_branch)[1], (*l.by_branch)[2]); },
     {"branch 1 sends request 1 to branch 2 at 3, but is listed after 4"}},
    {"a customer's list out of order",
     [](Lists& l) { std::swap((*l.by_customer)[0], (*l.by_customer)[1]); },
     {"customer 1 sends request 1 at 1, but is listed after 2"}},
    {"a deposit that is sent before it is received",
     [](Lists& l) {
       std::swap((*l.by_branch)[0].clock, (*l.by_branch)[1].clock);
       std::swap((*l.by_branch)[0], (*l.by_branch)[1]);
     },
     {"branch 1 sends request 1 to branch 2 at 2, before it receives it at 3"}},
    {"a deposit that is told to nobody",
     [](Lists& l) { remove(l, {1, 2, 6, 8}); },
     {"branch 1 receives request 1 from customer 1, a deposit, but never sends it to branch 2 "
      "and branch 3"}},
    {"a withdrawal that is told to one only",
     [](Lists& l) { remove(l, {5, 9}); },
     {"branch 1 receives request 2 from customer 1, a withdraw, but never sends it to branch 3"}},
    {"a refused withdrawal", [](Lists& l) { remove(l, {4, 5, 7, 9}); }, {}},
    {"a request at two branches",
     [](Lists& l) {
       l.by_branch->insert(l.by_branch->begin() + 8, {branch(2), 2, 9, Interface::withdraw,
                                                      Direction::received_from, customer(1), 30});
     },
     {"branch 2 receives request 2 from customer 1, as does branch 1"}},
    {"a branch listed twice",
     [](Lists& l) { l.listed.push_back({branch(2), 30}); },
     {"branch 2 is listed twice"}},
    {"an answer",
     [](Lists& l) {
       l.by_branch->insert(l.by_branch->begin() + 6, {branch(1), 2, 8, Interface::withdraw,
                                                      Direction::sent_to, customer(1), 30});
     },
     {"branch 1 sends request 2 to customer 1: answers are not listed"}},
};

TEST(JudgeClockLists, DamagedListsAreWrong) {
  ASSERT_THAT(words(judge(small(), nullptr)), testing::IsEmpty());
  for (const Damage& damage : kDamages) {
    Lists lists = small();
    damage.harm(lists);
    EXPECT_THAT(words(judge(lists, nullptr)), testing::UnorderedElementsAreArray(damage.findings))
        << damage.what;
  }
}

TEST(JudgeClockLists, DamagedListsAreWrongByThePlanToo) {
  const Plan plan = small_plan();
  ASSERT_THAT(words(judge(small(), &plan)), testing::IsEmpty());
  for (const Damage& damage : kDamages) {
    Lists lists = small();
    damage.harm(lists);
    EXPECT_EQ(judge(lists, &plan).empty(), damage.findings.empty()) << damage.what;
  }
}

TEST(JudgeClockLists, WhatThePlanAloneCanTell) {
  const std::vector<std::tuple<const char*, std::function<void(Plan&)>, std::string>> cases = {
      {"a request that is not there",
       [](Plan& p) { p.requests.push_back({3, 1, 1, Interface::deposit}); },
       "customer 1 never makes request 3 (deposit)"},
      {"a request that is none", [](Plan& p) { p.requests.pop_back(); },
       "customer 1 sends request 2, which is not in the scenario"},
      {"another branch", [](Plan& p) { p.requests[0].branch = 2; },
       "branch 1 receives request 1 from customer 1, but it is for branch 2"},
      {"another interface", [](Plan& p) { p.requests[0].interface = Interface::withdraw; },
       "branch 1 receives request 1 from customer 1 as deposit, but it is a withdraw"},
      {"another customer", [](Plan& p) { p.requests[1].customer = 2; },
       "customer 1 sends request 2, but it is customer 2's"},
      {"no such branch", [](Plan& p) { p.branches = {1, 2}; }, "there is no branch 3"},
      {"one more branch", [](Plan& p) { p.branches.push_back(4); },
       "branch 1 receives request 1 from customer 1, a deposit, but never sends it to branch 4"},
  };
  for (const auto& [what, change, finding] : cases) {
    Plan plan = small_plan();
    change(plan);
    EXPECT_THAT(words(judge(small(), &plan)), testing::Contains(finding)) << what;
  }
}

TEST(JudgeClockLists, WhoIsNotInThePlanIsNotListedEither) {
  Lists lists = small();
  lists.listed.push_back({branch(4), 30});
  EXPECT_THAT(words(judge(lists, nullptr)), testing::Not(testing::IsEmpty()));
  const Plan plan = small_plan();
  EXPECT_THAT(words(judge(lists, &plan)), testing::ElementsAre("there is no branch 4"));
}

TEST(JudgeClockLists, ThePlanTellsWhichClockOfACustomerIsWrong) {
  Lists lists = small();
  std::swap((*lists.by_customer)[0].clock, (*lists.by_customer)[1].clock);
  std::swap((*lists.by_customer)[0], (*lists.by_customer)[1]);
  const Plan plan = small_plan();
  EXPECT_THAT(words(judge(lists, &plan)),
              testing::ElementsAre("customer 1 sends request 1 at 2, expected 1",
                                   "customer 1 sends request 2 at 1, expected 2"));
}

TEST(JudgeClockLists, AWholeRequestThatIsLeftOutIsMissedByThePlan) {
  Lists lists = small();
  remove(lists, {3, 4, 5, 7, 9, 11});
  EXPECT_THAT(words(judge(lists, nullptr)), testing::IsEmpty());
  const Plan plan = small_plan();
  EXPECT_THAT(words(judge(lists, &plan)),
              testing::ElementsAre("customer 1 never makes request 2 (withdraw)"));
}

TEST(JudgeClockLists, AQueryIsToldToNobody) {
  Lists lists = small();
  (*lists.by_customer)[1].interface = Interface::query;
  (*lists.by_branch)[3].interface = Interface::query;
  EXPECT_EQ(judge(lists, nullptr).size(), 4U);
  remove(lists, {4, 5, 7, 9});
  EXPECT_THAT(words(judge(lists, nullptr)), testing::IsEmpty());
}

TEST(JudgeClockLists, TwoCustomersDoNotMakeOneRequest) {
  const Lists lists{
      std::vector<Event>{
          {customer(1), 1, 1, Interface::deposit, Direction::sent_from, customer(1), 0},
          {customer(2), 1, 1, Interface::deposit, Direction::sent_from, customer(2), 1}},
      {},
      {},
      {}};
  EXPECT_THAT(words(judge(lists, nullptr)),
              testing::ElementsAre("customer 2 sends request 1, as does customer 1"));
}

TEST(JudgeClockLists, ListsThatTellDifferentThingsAreWrong) {
  const auto change = [](const std::function<void(std::vector<Event>&)>& harm) {
    Lists lists = Bank(3, 7).lists();
    harm(*lists.by_customer);
    return words(judge(lists, nullptr));
  };
  EXPECT_THAT(change([](auto& list) { list[1].clock = 3; }),
              testing::UnorderedElementsAre(
                  "customer 1 sends request 2 at 3, expected 2",
                  "customer 1 sends request 2 at 3, but at 2 in the list of all events"));
  EXPECT_THAT(change([](auto& list) { list.erase(list.begin() + 1); }),
              testing::Contains("customer 1 sends request 2, in the list of all events only"));
  EXPECT_THAT(
      change([](auto& list) { list[1].interface = Interface::query; }),
      testing::Contains(
          "customer 1 sends request 2 as query, but as withdraw in the list of all events"));
  Lists lists = Bank(3, 7).lists();
  std::erase_if(*lists.all, [](const Event& event) { return event.request == 6; });
  EXPECT_THAT(words(judge(lists, nullptr)),
              testing::Contains(
                  "customer 3 sends request 6, which is missing from the list of all events"));
}

TEST(JudgeClockLists, TheListOfAllIsInOrderWithinARequest) {
  Lists lists{{}, {}, Bank(3, 7).all(), {}};
  std::rotate(lists.all->begin(), lists.all->begin() + 6, lists.all->end());
  EXPECT_THAT(words(judge(lists, nullptr)), testing::IsEmpty());
  std::swap(lists.all->front(), (*lists.all)[5]);
  EXPECT_THAT(words(judge(lists, nullptr)), testing::Not(testing::IsEmpty()));
}

TEST(JudgeClockLists, EveryWrongClockOfABranchThatMattersIsFound) {
  Lists right{{}, {}, Bank(3, 11).all(), {}};
  for (std::size_t i = 0; i < right.all->size(); ++i) {
    Lists lists = right;
    (*lists.all)[i].clock = 0;
    EXPECT_THAT(judge(lists, nullptr), testing::Not(testing::IsEmpty())) << i;
  }
}

TEST(JudgeClockLists, FindingsNameThePlacesAndAreInTheirOrder) {
  Lists lists = small();
  (*lists.by_branch)[9].clock = 7;
  (*lists.by_branch)[6].clock = 3;
  const auto findings = judge(lists, nullptr);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].places, (std::vector<std::size_t>{6, 1}));
  EXPECT_EQ(findings[1].places, (std::vector<std::size_t>{9, 5}));
}

}  // namespace
}  // namespace passbook::clocks
