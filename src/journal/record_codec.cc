// SPDX-License-Identifier: Apache-2.0
#include "journal/record_codec.h"

#include "passbook/v1/journal.pb.h"
#include "wire/codec.h"
#include "wire/parts.h"

namespace passbook {
namespace {

template <class Message>
bool parse(Message& message, std::string_view bytes) {
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

void put(const Recovery& recovery, v1::Recovery& out) {
  wire::put(recovery.goal, *out.mutable_goal());
  out.set_release_rights(recovery.release_rights);
}

std::optional<Recovery> get(const v1::Recovery& in) {
  const auto goal = wire::get(in.goal());
  return goal ? std::optional(Recovery{*goal, in.release_rights()}) : std::nullopt;
}

void put(const Refusal& refusal, v1::Refusal& out) {
  wire::put(refusal.request, *out.mutable_request());
  if (refusal.change) {
    wire::put_write(*refusal.change, out);
  }
  out.set_result(wire::to_wire(refusal.outcome));
}

std::optional<Refusal> get(const v1::Refusal& in) {
  const auto outcome = wire::from_wire(in.result());
  return outcome ? std::optional(Refusal{wire::get(in.request()), wire::get_write(in), *outcome})
                 : std::nullopt;
}

void put(const SessionId& id, v1::SessionId& out) {
  wire::put(id.origin, *out.mutable_origin());
  out.set_customer(id.client.customer.value);
  out.set_session(id.client.session);
}

std::optional<SessionId> get(const v1::SessionId& in) {
  const auto origin = wire::get(in.origin());
  return origin ? std::optional(SessionId{*origin, {CustomerId{in.customer()}, in.session()}})
                : std::nullopt;
}

void put(const Decision& decision, v1::Decision& out) {
  out.set_number(decision.number);
  out.set_result(wire::to_wire(decision.outcome));
  if (decision.change) {
    wire::put_write(*decision.change, out);
  }
  out.set_entry(decision.entry.value);
  out.set_balance(decision.balance.minor);
}

std::optional<Decision> get(const v1::Decision& in) {
  const auto outcome = wire::from_wire(in.result());
  return outcome ? std::optional(Decision{in.number(), *outcome, wire::get_write(in),
                                          Sequence{in.entry()}, Money{in.balance()}})
                 : std::nullopt;
}

void put(const SessionSnapshot& session, v1::Session& out) {
  put(session.id, *out.mutable_id());
  out.set_uncertain_to(session.uncertain_to);
  for (const Decision& decision : session.decisions) {
    put(decision, *out.add_decisions());
  }
}

std::optional<SessionSnapshot> get(const v1::Session& in) {
  const auto id = get(in.id());
  SessionSnapshot out{
      .id = id.value_or(SessionId{}), .uncertain_to = in.uncertain_to(), .decisions = {}};
  const auto get_one = [](const v1::Decision& message) { return get(message); };
  return id && wire::get_all(in.decisions(), out.decisions, get_one) ? std::optional(std::move(out))
                                                                     : std::nullopt;
}

void put(const RetiredSessions& retired, v1::RetiredSessions& out) {
  out.set_of_all(retired.of_all);
  for (const ClientId& last : retired.of_customers) {
    v1::RetiredSession& made = *out.add_of_customers();
    made.set_customer(last.customer.value);
    made.set_session(last.session);
  }
}

RetiredSessions get(const v1::RetiredSessions& in) {
  RetiredSessions out{.of_all = in.of_all(), .of_customers = {}};
  for (const v1::RetiredSession& last : in.of_customers()) {
    out.of_customers.push_back({CustomerId{last.customer()}, last.session()});
  }
  return out;
}

struct PutRecord {
  v1::Record& out;
  void operator()(const Block& block) const {
    out.set_block(block.bytes().data(), block.bytes().size());
  }
  void operator()(const ProcessBegun& begun) const {
    out.mutable_process_begun()->set_counter(begun.counter);
  }
  void operator()(const Seal& seal) const { wire::put(seal, *out.mutable_seal()); }
  void operator()(const Recovery& recovery) const { put(recovery, *out.mutable_recovery()); }
  void operator()(const Refusal& refusal) const { put(refusal, *out.mutable_refusal()); }
};

template <class Part>
std::optional<Record> as_record(std::optional<Part> part) {
  return part ? std::optional<Record>(std::move(*part)) : std::nullopt;
}

std::optional<Record> get(const v1::Record& in) {
  switch (in.record_case()) {
    case v1::Record::kBlock: {
      auto block = Block::parse(in.block());
      return block ? std::optional<Record>(*std::move(block)) : std::nullopt;
    }
    case v1::Record::kSeal:
      return as_record(wire::get(in.seal()));
    case v1::Record::kRecovery:
      return as_record(get(in.recovery()));
    case v1::Record::kProcessBegun:
      return ProcessBegun{in.process_begun().counter()};
    case v1::Record::kRefusal:
      return as_record(get(in.refusal()));
    case v1::Record::RECORD_NOT_SET:
      break;
  }
  return std::nullopt;
}

void put(const std::vector<TaggedPosition>& ends, v1::Snapshot& out) {
  v1::EarlierEnds* log = nullptr;
  EntryId last;
  for (const TaggedPosition& end : ends) {
    if (log == nullptr || end.end.origin != last.origin) {
      log = out.add_earlier_ends();
      wire::put(end.end.origin, *log->mutable_origin());
      last = {end.end.origin, Sequence{}};
    }
    log->add_steps(end.end.sequence.value - last.sequence.value);
    log->add_tags(end.tag.value);
    last = end.end;
  }
}

/// Appends the ends in one log. False if they are malformed.
bool get(const v1::EarlierEnds& in, std::vector<TaggedPosition>& out) {
  const auto origin = wire::get(in.origin());
  if (!origin || in.steps_size() != in.tags_size()) {
    return false;
  }
  EntryId end{*origin, Sequence{}};
  for (int i = 0; i < in.steps_size(); ++i) {
    end.sequence.value += in.steps(i);
    out.push_back({end, Tag{in.tags(i)}});
  }
  return true;
}

std::optional<OriginTotals> get(const v1::OriginTotals& in) {
  const auto origin = wire::get(in.origin());
  return origin ? std::optional(OriginTotals{.origin = *origin,
                                             .rights = Money{in.rights()},
                                             .in = Money{in.in()},
                                             .out = Money{in.out()},
                                             .granted = Money{in.granted()}})
                : std::nullopt;
}

/// Reads the repeated parts of a snapshot. False if one is malformed.
bool get_lists(const v1::Snapshot& in, Snapshot& out) {
  for (const std::string& bytes : in.digests()) {
    Digest& digest = out.digests.emplace_back();
    if (bytes.size() != digest.bytes.size()) {
      return false;
    }
    std::ranges::copy(bytes, digest.bytes.begin());
  }
  const auto get_one = [](const auto& message) { return wire::get(message); };
  return wire::get_all(in.seals(), out.seals, get_one) &&
         std::ranges::all_of(in.earlier_ends(), [&](const v1::EarlierEnds& message) {
           return get(message, out.earlier_ends);
         });
}

}  // namespace

std::string encode_block(const std::vector<Record>& records) {
  v1::Block block;
  block.mutable_records()->Reserve(static_cast<int>(records.size()));
  for (const Record& record : records) {
    std::visit(PutRecord{*block.add_records()}, record);
  }
  return block.SerializeAsString();
}

std::optional<std::vector<Record>> decode_block(std::string_view bytes) {
  v1::Block block;
  if (!parse(block, bytes)) {
    return std::nullopt;
  }
  std::vector<Record> out;
  out.reserve(static_cast<std::size_t>(block.records_size()));
  for (const v1::Record& message : block.records()) {
    auto record = get(message);
    if (!record) {
      return std::nullopt;
    }
    out.push_back(std::move(*record));
  }
  return out;
}

std::string encode_snapshot(const Snapshot& snapshot) {
  v1::Snapshot out;
  out.set_records(snapshot.records);
  wire::put(snapshot.applied, *out.mutable_applied());
  out.set_stamp(snapshot.stamp.value);
  out.set_processes(snapshot.processes);
  wire::put(snapshot.declared, *out.mutable_declared());
  wire::put(snapshot.grants, *out.mutable_grants());
  out.set_moved(snapshot.moved);
  for (const Seal& seal : snapshot.seals) {
    wire::put(seal, *out.add_seals());
  }
  if (snapshot.recovery) {
    put(*snapshot.recovery, *out.mutable_recovery());
  }
  put(snapshot.retired, *out.mutable_retired());
  put(snapshot.retired_elsewhere, *out.mutable_retired_elsewhere());
  out.set_pages_since(snapshot.pages_since);
  for (const Digest& digest : snapshot.digests) {
    out.add_digests(digest.bytes.data(), digest.bytes.size());
  }
  put(snapshot.earlier_ends, out);
  return out.SerializeAsString();
}

std::optional<Snapshot> decode_snapshot(std::string_view bytes) {
  v1::Snapshot in;
  if (!parse(in, bytes)) {
    return std::nullopt;
  }
  Snapshot out;
  out.records = in.records();
  out.processes = in.processes();
  out.stamp = Stamp{in.stamp()};
  out.moved = in.moved();
  out.pages_since = in.pages_since();
  out.retired = get(in.retired());
  out.retired_elsewhere = get(in.retired_elsewhere());
  const auto applied = wire::get(in.applied());
  const auto declared = wire::get(in.declared());
  const auto grants = wire::get(in.grants());
  out.recovery = in.has_recovery() ? get(in.recovery()) : std::nullopt;
  if (!applied || !declared || !grants || out.recovery.has_value() != in.has_recovery() ||
      !get_lists(in, out)) {
    return std::nullopt;
  }
  out.applied = *applied;
  out.declared = *declared;
  out.grants = *grants;
  return out.digests.size() == out.applied.positions().size() ? std::optional(out) : std::nullopt;
}

std::string encode_account(const AccountSnapshot& account) {
  v1::AccountSnapshot out;
  for (const OriginTotals& totals : account.totals) {
    v1::OriginTotals& made = *out.add_totals();
    wire::put(totals.origin, *made.mutable_origin());
    made.set_rights(totals.rights.minor);
    made.set_in(totals.in.minor);
    made.set_out(totals.out.minor);
    made.set_granted(totals.granted.minor);
  }
  return out.SerializeAsString();
}

std::optional<AccountSnapshot> decode_account(AccountId id, std::string_view bytes) {
  v1::AccountSnapshot in;
  AccountSnapshot out{.account = id, .totals = {}};
  const auto get_one = [](const v1::OriginTotals& message) { return get(message); };
  return parse(in, bytes) && wire::get_all(in.totals(), out.totals, get_one)
             ? std::optional(std::move(out))
             : std::nullopt;
}

std::string encode_page(const SessionPage& page) {
  v1::SessionPage out;
  for (const SessionId& id : page.retired) {
    put(id, *out.add_retired());
  }
  for (const SessionSnapshot& session : page.sessions) {
    put(session, *out.add_sessions());
  }
  return out.SerializeAsString();
}

std::optional<SessionPage> decode_page(std::string_view bytes) {
  v1::SessionPage in;
  SessionPage out;
  const auto get_id = [](const v1::SessionId& message) { return get(message); };
  const auto get_session = [](const v1::Session& message) { return get(message); };
  const bool good = parse(in, bytes) && wire::get_all(in.retired(), out.retired, get_id) &&
                    wire::get_all(in.sessions(), out.sessions, get_session);
  return good ? std::optional(std::move(out)) : std::nullopt;
}

std::string encode_positions(const VersionVector& positions) {
  v1::VersionVector out;
  wire::put(positions, out);
  return out.SerializeAsString();
}

std::optional<VersionVector> decode_positions(std::string_view bytes) {
  v1::VersionVector in;
  return parse(in, bytes) ? wire::get(in) : std::nullopt;
}

}  // namespace passbook
