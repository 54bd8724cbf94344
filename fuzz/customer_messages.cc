// SPDX-License-Identifier: Apache-2.0
// What customers send, and the answers that they get. The first byte says which message follows.
#include "base/check.h"
#include "samples.h"
#include "target.h"
#include "wire/codec.h"

namespace passbook::fuzz {
namespace {

enum class Kind : std::uint8_t { query, deposit, withdraw, answer, abandon };

Request sample_request(Random& random) {
  const Change change = sample_change(random);
  Request out{.id = sample_request_id(random),
              .operation = Query{account_of(change)},
              .passbook = sample_passbook(random),
              .bank = BankId{random.next()},
              .guarantees = random.chance(1, 2) ? Guarantees::session() : Guarantees::eventual(),
              .ack = static_cast<AckLevel>(random.below(3))};
  if (const auto* deposit = std::get_if<Deposit>(&change)) {
    out.operation = *deposit;
  } else if (const auto* withdrawal = std::get_if<Withdrawal>(&change)) {
    out.operation = *withdrawal;
  } else if (random.chance(1, 2)) {
    out.operation = Abandon{};
    out.ack = AckLevel::local;
  }
  return out;
}

Answer sample_answer(Random& random) {
  return {.outcome = static_cast<Outcome>(random.below(14)),
          .balance = Money{static_cast<std::int64_t>(random.below(1U << 30U))},
          .passbook = sample_passbook(random),
          .unreached = {BranchId{2}, BranchId{5}},
          .confirmed = 2,
          .entry = random.chance(1, 2) ? std::optional(sample_position(random)) : std::nullopt,
          .replayed = random.chance(1, 2)};
}

struct Encode {
  const Request& request;
  std::string operator()(const Query&) const {
    return char(Kind::query) + wire::encode_query(request).SerializeAsString();
  }
  std::string operator()(const Deposit&) const {
    return char(Kind::deposit) + wire::encode_deposit(request).SerializeAsString();
  }
  std::string operator()(const Withdrawal&) const {
    return char(Kind::withdraw) + wire::encode_withdraw(request).SerializeAsString();
  }
  std::string operator()(const Abandon&) const {
    return char(Kind::abandon) + wire::encode_abandon(request).SerializeAsString();
  }
};

template <class Message>
void check_request(std::string_view bytes, auto encode) {
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return;
  }
  wire::Decoded decoded = wire::decode(message);
  if (decoded.fault) {
    return;
  }
  if (decoded.request.passbook == Passbook{}) {
    decoded.request.bank = {};  // an empty passbook speaks of no bank
  }
  const wire::Decoded again = wire::decode(encode(decoded.request));
  PASSBOOK_CHECK(!again.fault && again.request == decoded.request, "a request comes back");
}

void check_answer(std::string_view bytes) {
  v1::AnswerHeader message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return;
  }
  if (const auto decoded = wire::decode(message)) {
    const auto again = wire::decode(wire::encode(decoded->answer, decoded->bank));
    PASSBOOK_CHECK(again && again->answer == decoded->answer, "an answer comes back");
  }
}

}  // namespace

std::vector<std::string> seeds() {
  Random random(3);
  std::vector<std::string> out;
  while (out.size() < 60) {
    const Request request = sample_request(random);
    out.push_back(std::visit(Encode{request}, request.operation));
    out.push_back(char(Kind::answer) +
                  wire::encode(sample_answer(random), BankId{random.next()}).SerializeAsString());
  }
  return out;
}

}  // namespace passbook::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace passbook;
  if (size == 0) {
    return 0;
  }
  const std::string_view bytes = fuzz::text_of(data, size).substr(1);
  switch (static_cast<fuzz::Kind>(data[0] % 5)) {
    case fuzz::Kind::query:
      fuzz::check_request<v1::QueryRequest>(bytes, wire::encode_query);
      break;
    case fuzz::Kind::deposit:
      fuzz::check_request<v1::DepositRequest>(bytes, wire::encode_deposit);
      break;
    case fuzz::Kind::withdraw:
      fuzz::check_request<v1::WithdrawRequest>(bytes, wire::encode_withdraw);
      break;
    case fuzz::Kind::answer:
      fuzz::check_answer(bytes);
      break;
    case fuzz::Kind::abandon:
      fuzz::check_request<v1::AbandonRequest>(bytes, wire::encode_abandon);
      break;
  }
  return 0;
}
