// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/processor.h"

#include <variant>

#include "base/check.h"
#include "lab/sim/message_size.h"

namespace passbook::sim {
namespace {

/// The work of one event, besides counting as an event.
struct Cost {
  Work operator()(const Called&) const { return {.calls = 1}; }
  Work operator()(const OperatorCalled&) const { return {.calls = 1}; }
  Work operator()(const LinkUp&) const { return {.connections = 1}; }
  Work operator()(const Received& received) const {
    return {.messages = 1, .bytes = encoded_size_at_most(received.envelope)};
  }
  Work operator()(const Fetched& fetched) const {
    Work out;
    for (const Block& block : fetched.blocks) {
      out.bytes += block.bytes().size();
    }
    return out;
  }
  Work operator()(const LinkDown&) const { return {}; }
  Work operator()(const DialFailed&) const { return {}; }
  Work operator()(const DiskChecked&) const { return {}; }
  Work operator()(const CalendarSet&) const { return {}; }
};

Duration times(Duration cost, std::uint64_t count) {
  return cost * static_cast<std::int64_t>(count);
}

}  // namespace

Work& Work::operator+=(const Work& other) {
  steps += other.steps;
  events += other.events;
  messages += other.messages;
  calls += other.calls;
  connections += other.connections;
  bytes += other.bytes;
  entries += other.entries;
  records += other.records;
  return *this;
}

Work taking_in(std::span<const passbook::Event> events) {
  Work out{.steps = 1, .events = events.size()};
  for (const passbook::Event& event : events) {
    out += std::visit(Cost{}, event);
  }
  return out;
}

Work doing(const Effects& effects) {
  Work out{.records = effects.persist.size()};
  for (const Observation& observation : effects.observations) {
    out.entries += std::holds_alternative<Accepted>(observation) ||
                           std::holds_alternative<Applied>(observation)
                       ? 1
                       : 0;
  }
  return out;
}

Work sending(const OutGate::Batch& batch) {
  Work out{.messages = batch.sends.size(),
           .calls = batch.answers.size() + batch.operator_answers.size()};
  for (const SendMessage& send : batch.sends) {
    out.bytes += encoded_size_at_most(send.envelope);
  }
  return out;
}

Duration time_of(const Work& work, const WorkCosts& costs) {
  return times(costs.step, work.steps) + times(costs.event, work.events) +
         times(costs.message, work.messages) + times(costs.call, work.calls) +
         times(costs.connection, work.connections) + times(costs.kibibyte, work.bytes) / 1024 +
         times(costs.entry, work.entries) + times(costs.record, work.records);
}

bool Processors::begin(Job job) {
  if (shared_ == 0) {
    return true;
  }
  if (busy_ == shared_) {
    waiting_.push_back(job);
    return false;
  }
  ++busy_;
  return true;
}

std::optional<Processors::Job> Processors::end() {
  if (shared_ == 0) {
    return std::nullopt;
  }
  PASSBOOK_CHECK(busy_ > 0, "only a busy processor is released");
  if (waiting_.empty()) {
    --busy_;
    return std::nullopt;
  }
  const Job next = waiting_.front();
  waiting_.pop_front();
  return next;
}

}  // namespace passbook::sim
