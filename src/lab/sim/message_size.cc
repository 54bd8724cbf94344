// SPDX-License-Identifier: Apache-2.0
#include "lab/sim/message_size.h"

#include <bit>
#include <numeric>

namespace passbook::sim {
namespace {

/// The tag before each field: one byte, since all field numbers are below 16.
constexpr std::size_t kTag = 1;
constexpr std::size_t kFixed = kTag + 8;

/// A varint has seven bits in each byte.
constexpr std::size_t varint(std::uint64_t value) {
  return kTag + static_cast<std::size_t>(std::bit_width(value | 1U) + 6) / 7;
}

std::size_t varint(Money money) { return varint(static_cast<std::uint64_t>(money.minor)); }
std::size_t varint(Duration time) { return varint(static_cast<std::uint64_t>(time.count())); }

/// A nested message with its length, or none.
std::size_t nested(std::size_t size) { return varint(size) + size; }

template <class Items, class Size>
std::size_t sum(const Items& items, Size size) {
  return std::accumulate(
      items.begin(), items.end(), std::size_t{0},
      [&](std::size_t so_far, const auto& item) { return so_far + nested(size(item)); });
}

std::size_t size_of(const Origin& origin) {
  return varint(origin.branch.value) + varint(origin.incarnation.value);
}

std::size_t size_of(const EntryId& position) {
  return nested(size_of(position.origin)) + varint(position.sequence.value);
}

std::size_t size_of(const TaggedPosition& position) {
  return nested(size_of(position.end)) + kFixed;
}

constexpr auto kTagged = [](const TaggedPosition& position) { return size_of(position); };

std::size_t size_of(const RequestId& id) {
  return size_of(id.origin) + varint(id.client.customer.value) + varint(id.client.session) +
         varint(id.number);
}

std::size_t size_of(const Priority& priority) {
  return varint(priority.stamp.value) + varint(priority.branch.value);
}

std::size_t size_of(const Seal& seal) {
  return varint(seal.branch.value) + varint(seal.next.value) +
         nested(sum(seal.ends.kept, kTagged) + sum(seal.ends.given_up, kTagged)) + varint(1) +
         kFixed;
}

std::size_t size_of(const Change& change) {
  return varint(account_of(change).value) + varint(amount_of(change));
}

std::size_t size_of(const ProcessId& process) { return varint(process.counter) + kFixed; }

std::size_t size_of(const Hello& hello) {
  return kFixed + nested(size_of(hello.from)) + sum(hello.have, kTagged) +
         sum(hello.seals, [](const Seal& seal) { return size_of(seal); }) +
         nested(size_of(hello.process));
}

std::size_t size_of(const Blocks& blocks) {
  return sum(blocks.blocks, [](const Block& block) { return block.bytes().size(); });
}

/// A column of packed numbers.
std::size_t column(std::size_t size) { return size == 0 ? 0 : nested(size); }

/// Positions in columns. Columns of only 1 are counted, though the wire leaves them out.
template <class Positions>
std::size_t size_of_positions(const Positions& positions) {
  std::size_t numbers = 0;
  for (const TaggedPosition& position : positions) {
    numbers += size_of(position.end.origin) + varint(position.end.sequence.value) + kFixed;
  }
  return column(numbers) + 8 * kTag;
}

std::size_t size_of(const Progress& progress) {
  std::size_t reports = 0;
  for (const auto& [by, position, process] : progress.reports) {
    reports += size_of(by) + size_of(process) + size_of(position) + 8;
  }
  return nested(size_of_positions(progress.own)) + nested(reports) +
         (progress.everywhere.empty() ? 0 : nested(size_of_positions(progress.everywhere)));
}

std::size_t size_of(const RightsRequest& request) {
  return varint(request.account.value) + nested(size_of(request.priority)) +
         varint(request.missing) + varint(request.stands) + varint(request.applied.value);
}

std::size_t size_of(const RightsRequestCancelled& cancelled) {
  return varint(cancelled.account.value) + nested(size_of(cancelled.priority));
}

std::size_t size_of(const TotalsRequest& request) {
  return varint(request.account.value) + nested(size_of(request.priority)) + varint(request.round);
}

std::size_t size_of(const TotalsReply& reply) {
  return varint(reply.account.value) + nested(size_of(reply.priority)) + varint(reply.round) +
         varint(reply.incoming);
}

std::size_t size_of(const Dismissal& dismissal) {
  return nested(size_of(dismissal.counts)) + varint(1);
}

std::size_t size_of(const Divergence& divergence) {
  return nested(size_of(divergence.yours)) + nested(size_of(divergence.kept));
}

std::size_t size_of(const Heartbeat& heartbeat) {
  return (heartbeat.asks ? 2 : 0) + (heartbeat.answers ? 2 : 0);
}

std::size_t size_of(const RebalanceRequest& request) {
  return varint(request.account.value) + varint(request.amount);
}

std::size_t size_of(const OutcomeRequest& request) {
  return nested(size_of(request.request)) +
         (request.change ? nested(size_of(*request.change)) : 0) + varint(request.stands) +
         varint(request.question);
}

std::size_t size_of(const OutcomeReply& reply) {
  return nested(size_of(reply.request)) + varint(static_cast<std::uint64_t>(reply.outcome) + 1) +
         (reply.entry ? nested(size_of(*reply.entry)) : 0) +
         (reply.balance ? varint(*reply.balance) : 0) + varint(reply.question) +
         varint(reply.incarnation.value) + varint(std::uint64_t{reply.replayed}) +
         varint(reply.opens_at);
}

}  // namespace

std::size_t encoded_size_at_most(const Envelope& envelope) {
  return std::visit([](const auto& message) { return nested(size_of(message)); },
                    envelope.message) +
         varint(envelope.clock.value);
}

}  // namespace passbook::sim
