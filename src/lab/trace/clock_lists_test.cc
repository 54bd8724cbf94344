// SPDX-License-Identifier: Apache-2.0
#include "lab/trace/clock_lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lab/trace/order.h"
#include "lab/trace/testing_events.h"

namespace passbook::trace {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr RequestId kRequest{{BranchId{1}}, {CustomerId{1}, 99}, 1};
constexpr EntryId kEntry{{BranchId{1}}, Sequence{1}};
const std::vector<ListedRequest> kListed{{CustomerId{1}, 1, 7}};

Event of_request(Event event) {
  event.request = kRequest;
  return event;
}

Event of_entry(Event event) {
  event.request = kRequest;
  event.entry = kEntry;
  return event;
}

/// Ann deposits at branch 1, which tells branch 2.
Trace deposit() {
  auto out = in_causal_order(
      {}, {},
      {of_request(send(kAnn, kOne, 1, 1, Message::deposit)),
       of_request(receive(kOne, kAnn, 1, 2, 2, Message::deposit)),
       of_entry(act(kOne, Act::accept, 3, 3)), of_entry(send(kOne, kTwo, 4, 4, Message::deposit)),
       of_entry(receive(kTwo, kOne, 4, 5, 5, Message::deposit)),
       of_entry(act(kTwo, Act::apply, 6, 6)), send(kTwo, kOne, 7, 7, Message::progress),
       of_request(send(kOne, kAnn, 9, 9, Message::answer)),
       of_request(receive(kAnn, kOne, 9, 10, 10, Message::answer))});
  EXPECT_TRUE(out.has_value());
  return *out;
}

TEST(ClockLists, ListRequestsAndPropagationAndNothingElse) {
  const ClockLists lists = make_clock_lists(deposit(), kListed, Spelling::propogate);
  EXPECT_EQ(lists.customers, R"([
  {"id": 1, "type": "customer", "events": [
    {"customer-request-id": 7, "logical_clock": 1, "interface": "deposit", "comment": "event_sent from customer 1"}
  ]}
]
)");
  EXPECT_EQ(lists.branches, R"([
  {"id": 1, "type": "branch", "events": [
    {"customer-request-id": 7, "logical_clock": 2, "interface": "deposit", "comment": "event_recv from customer 1"},
    {"customer-request-id": 7, "logical_clock": 4, "interface": "propogate_deposit", "comment": "event_sent to branch 2"}
  ]},
  {"id": 2, "type": "branch", "events": [
    {"customer-request-id": 7, "logical_clock": 5, "interface": "propogate_deposit", "comment": "event_recv from branch 1"}
  ]}
]
)");
  EXPECT_EQ(lists.events, R"([
  {"id": 1, "type": "customer", "customer-request-id": 7, "logical_clock": 1, "interface": "deposit", "comment": "event_sent from customer 1"},
  {"id": 1, "type": "branch", "customer-request-id": 7, "logical_clock": 2, "interface": "deposit", "comment": "event_recv from customer 1"},
  {"id": 1, "type": "branch", "customer-request-id": 7, "logical_clock": 4, "interface": "propogate_deposit", "comment": "event_sent to branch 2"},
  {"id": 2, "type": "branch", "customer-request-id": 7, "logical_clock": 5, "interface": "propogate_deposit", "comment": "event_recv from branch 1"}
]
)");
}

TEST(ClockLists, CanBeSpeltRight) {
  const ClockLists lists = make_clock_lists(deposit(), kListed, Spelling::propagate);
  EXPECT_THAT(lists.branches, HasSubstr("\"propagate_deposit\""));
  EXPECT_THAT(lists.branches + lists.events, Not(HasSubstr("propogate")));
}

TEST(ClockLists, ProcessesThatDidNothingAreThereAndStrangersAreNot) {
  const ClockLists lists =
      make_clock_lists(deposit(), {{CustomerId{5}, 1, 8}}, Spelling::propogate);
  EXPECT_EQ(lists.customers, "[\n  {\"id\": 5, \"type\": \"customer\", \"events\": []}\n]\n");
  EXPECT_EQ(lists.events, "[]\n");
}

}  // namespace
}  // namespace passbook::trace
