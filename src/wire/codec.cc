// SPDX-License-Identifier: Apache-2.0
#include "wire/codec.h"

#include "base/check.h"
#include "wire/parts.h"

namespace passbook::wire {
namespace {

v1::AckLevel to_wire(AckLevel ack) {
  switch (ack) {
    case AckLevel::local:
      return v1::ACK_LEVEL_LOCAL;
    case AckLevel::majority:
      return v1::ACK_LEVEL_MAJORITY;
    case AckLevel::all:
      break;
  }
  return v1::ACK_LEVEL_ALL;
}

AckLevel from_wire(v1::AckLevel ack) {
  switch (ack) {
    case v1::ACK_LEVEL_LOCAL:
      return AckLevel::local;
    case v1::ACK_LEVEL_MAJORITY:
      return AckLevel::majority;
    default:
      return AckLevel::all;
  }
}

static_assert(v1::RESULT_OK == static_cast<int>(Outcome::ok) + 1);
static_assert(v1::RESULT_REQUEST_ID_REUSED == static_cast<int>(Outcome::request_id_reused) + 1);
static_assert(v1::RESULT_SESSION_TOO_NEW == static_cast<int>(Outcome::session_too_new) + 1);
static_assert(v1::RESULT_RESOURCE_EXHAUSTED == static_cast<int>(Outcome::resource_exhausted) + 1);

void put_header(const Request& request, v1::RequestHeader& out) {
  put(request.id, *out.mutable_id());
  out.set_passbook(encode(request.passbook, request.bank));
  v1::Guarantees& guarantees = *out.mutable_guarantees();
  guarantees.set_read_your_writes(request.guarantees.read_your_writes);
  guarantees.set_monotonic_writes(request.guarantees.monotonic_writes);
  guarantees.set_monotonic_reads(request.guarantees.monotonic_reads);
  guarantees.set_writes_follow_reads(request.guarantees.writes_follow_reads);
  out.set_clock(request.clock.value);
}

template <class Operation, class Message>
Message encode_write(const Request& request) {
  const auto& operation = std::get<Operation>(request.operation);
  Message out;
  put_header(request, *out.mutable_header());
  out.set_account(operation.account.value);
  out.set_amount(operation.amount.minor);
  out.set_ack(to_wire(request.ack));
  return out;
}

Guarantees decode_guarantees(const v1::RequestHeader& header) {
  if (!header.has_guarantees()) {
    return Guarantees::session();
  }
  const v1::Guarantees& in = header.guarantees();
  return {.read_your_writes = in.read_your_writes(),
          .monotonic_writes = in.monotonic_writes(),
          .monotonic_reads = in.monotonic_reads(),
          .writes_follow_reads = in.writes_follow_reads()};
}

template <class Message>
Decoded decode_header(const Message& message) {
  Decoded out;
  if (!message.has_header() || !message.header().has_id()) {
    out.fault = Fault::missing_header;
    return out;
  }
  out.request.id = get(message.header().id());
  out.request.guarantees = decode_guarantees(message.header());
  out.request.clock = Stamp{message.header().clock()};
  const auto passbook = decode_passbook(message.header().passbook());
  if (!passbook) {
    out.fault = Fault::bad_passbook;
    return out;
  }
  out.request.passbook = passbook->passbook;
  out.request.bank = passbook->bank;
  return out;
}

/// The first part that a write's id lacks.
std::optional<Fault> fault_of(const v1::RequestId& id) {
  if (id.branch() == 0) {
    return Fault::no_branch;
  }
  if (id.customer() == 0) {
    return Fault::no_customer;
  }
  if (id.session() == 0) {
    return Fault::no_session;
  }
  return id.number() == 0 ? std::optional(Fault::no_number) : std::nullopt;
}

/// Decodes the header of a write, whose id must be complete.
template <class Message>
Decoded decode_whole_header(const Message& message) {
  Decoded out = decode_header(message);
  const auto fault =
      out.fault != Fault::missing_header ? fault_of(message.header().id()) : std::nullopt;
  out.fault = fault ? fault : out.fault;
  return out;
}

template <class Operation, class Message>
Decoded decode_write(const Message& message) {
  Decoded out = decode_whole_header(message);
  out.request.operation = Operation{AccountId{message.account()}, Money{message.amount()}};
  out.request.ack = from_wire(message.ack());
  return out;
}

}  // namespace

const char* to_string(Fault fault) {
  switch (fault) {
    case Fault::missing_header:
      return "the request has no header.id";
    case Fault::no_branch:
      return "header.id.branch must not be 0";
    case Fault::no_customer:
      return "header.id.customer must not be 0";
    case Fault::no_session:
      return "header.id.session must not be 0";
    case Fault::no_number:
      return "header.id.number must not be 0";
    case Fault::bad_passbook:
      break;
  }
  return "";
}

v1::Result to_wire(Outcome outcome) {
  return static_cast<v1::Result>(static_cast<int>(outcome) + 1);
}

std::optional<Outcome> from_wire(v1::Result result) {
  if (result == v1::RESULT_UNSPECIFIED || !v1::Result_IsValid(result)) {
    return std::nullopt;
  }
  return static_cast<Outcome>(result - 1);
}

v1::QueryRequest encode_query(const Request& request) {
  v1::QueryRequest out;
  put_header(request, *out.mutable_header());
  out.set_account(std::get<Query>(request.operation).account.value);
  return out;
}

v1::DepositRequest encode_deposit(const Request& request) {
  return encode_write<Deposit, v1::DepositRequest>(request);
}

v1::WithdrawRequest encode_withdraw(const Request& request) {
  return encode_write<Withdrawal, v1::WithdrawRequest>(request);
}

v1::AbandonRequest encode_abandon(const Request& request) {
  v1::AbandonRequest out;
  put_header(request, *out.mutable_header());
  return out;
}

Decoded decode(const v1::QueryRequest& message) {
  Decoded out = decode_header(message);
  out.request.operation = Query{AccountId{message.account()}};
  return out;
}

Decoded decode(const v1::DepositRequest& message) { return decode_write<Deposit>(message); }

Decoded decode(const v1::WithdrawRequest& message) { return decode_write<Withdrawal>(message); }

Decoded decode(const v1::AbandonRequest& message) {
  Decoded out = decode_whole_header(message);
  out.request.operation = Abandon{};
  out.request.ack = AckLevel::local;
  return out;
}

v1::AnswerHeader encode(const Answer& answer, BankId bank) {
  v1::AnswerHeader out;
  out.set_result(to_wire(answer.outcome));
  if (answer.balance) {
    out.set_balance(answer.balance->minor);
  }
  out.set_passbook(encode(answer.passbook, bank));
  for (const BranchId branch : answer.unreached) {
    out.add_unreached(branch.value);
  }
  out.set_confirmed(answer.confirmed);
  out.set_clock(answer.clock.value);
  out.set_replayed(answer.replayed);
  out.set_incarnation(answer.incarnation.value);
  out.set_opens_at(answer.opens_at);
  const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(answer.retry_after);
  out.set_retry_after_ms(static_cast<std::uint32_t>(wait.count()));
  if (answer.entry) {
    put(*answer.entry, *out.mutable_entry());
  }
  return out;
}

std::optional<DecodedAnswer> decode(const v1::AnswerHeader& message) {
  auto passbook = decode_passbook(message.passbook());
  const auto outcome = from_wire(message.result());
  if (!passbook || !outcome) {
    return std::nullopt;
  }
  Answer answer{.outcome = *outcome,
                .balance = {},
                .passbook = std::move(passbook->passbook),
                .unreached = {},
                .confirmed = message.confirmed(),
                .clock = Stamp{message.clock()},
                .entry = get(message.entry()),
                .replayed = message.replayed(),
                .incarnation = Incarnation{message.incarnation()},
                .opens_at = message.opens_at(),
                .retry_after = std::chrono::milliseconds(message.retry_after_ms())};
  if (message.has_balance()) {
    answer.balance = Money{message.balance()};
  }
  for (const std::uint32_t branch : message.unreached()) {
    answer.unreached.emplace_back(branch);
  }
  return DecodedAnswer{std::move(answer), passbook->bank};
}

}  // namespace passbook::wire
