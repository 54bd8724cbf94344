// SPDX-License-Identifier: Apache-2.0
// The codec between protocol structs and protobuf messages. Encoding never fails; decoding refuses
// messages that no encoder makes.
#pragma once

#include <optional>

#include "passbook/v1/bank.pb.h"
#include "passbook/v1/replication.pb.h"
#include "protocol/customer_messages.h"
#include "protocol/peer_messages.h"
#include "wire/passbook_bytes.h"

namespace passbook::wire {

// Requests of customers. The operation must match the message.
v1::QueryRequest encode_query(const Request& request);
v1::DepositRequest encode_deposit(const Request& request);
v1::WithdrawRequest encode_withdraw(const Request& request);
v1::AbandonRequest encode_abandon(const Request& request);

/// Why a request can't be served.
enum class Fault : std::uint8_t {
  missing_header,  ///< no header, or no id in it
  bad_passbook,    ///< the bytes are not a passbook
  no_branch,       ///< the id of a write lacks its branch
  no_customer,     ///< ... its customer
  no_session,      ///< ... its session
  no_number,       ///< ... its number
};

/// A description for people; empty for a bad passbook.
const char* to_string(Fault fault);

struct Decoded {
  Request request;
  std::optional<Fault> fault;
};

Decoded decode(const v1::QueryRequest& message);
Decoded decode(const v1::DepositRequest& message);
Decoded decode(const v1::WithdrawRequest& message);
Decoded decode(const v1::AbandonRequest& message);

v1::Result to_wire(Outcome outcome);
/// Nothing for unknown results.
std::optional<Outcome> from_wire(v1::Result result);

/// `bank` goes into the passbook.
v1::AnswerHeader encode(const Answer& answer, BankId bank);

/// An answer and the bank that its passbook belongs to. Nothing if the message is not an answer.
struct DecodedAnswer {
  Answer answer;
  BankId bank;
};
std::optional<DecodedAnswer> decode(const v1::AnswerHeader& message);

void encode(const Envelope& envelope, v1::PeerMessage& out);
/// Nothing if a part is missing or out of range.
std::optional<Envelope> decode(const v1::PeerMessage& message);

}  // namespace passbook::wire
