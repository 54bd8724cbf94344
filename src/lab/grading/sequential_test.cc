// SPDX-License-Identifier: Apache-2.0
#include "lab/grading/sequential.h"

namespace passbook {
namespace {

using Kind = SequentialKind;
using Fault = SequentialFault;
using Outcome = SequentialOutcome;

constexpr Money kOpening{40000};

SequentialStep step(Kind kind, std::int64_t whole, std::optional<Outcome> outcome,
                    std::optional<std::int64_t> balance) {
  SequentialAnswer answer{outcome, std::nullopt};
  if (balance) {
    answer.balance = Money{*balance * 100};
  }
  return {CustomerId{1}, 1, SequentialRequest{kind, Money{whole * 100}}, answer};
}

SequentialStep query(std::optional<std::int64_t> balance) {
  return step(Kind::query, 0, std::nullopt, balance);
}
SequentialStep deposit(std::int64_t whole, Outcome outcome = Outcome::success) {
  return step(Kind::deposit, whole, outcome, std::nullopt);
}
SequentialStep withdraw(std::int64_t whole, Outcome outcome = Outcome::success) {
  return step(Kind::withdraw, whole, outcome, std::nullopt);
}
SequentialStep hidden(SequentialStep of) {
  of.request->shown = false;
  of.answer.reset();
  return of;
}
SequentialStep unanswered(SequentialStep of) {
  of.answer.reset();
  return of;
}
SequentialStep unasked(SequentialStep of) {
  of.request.reset();
  return of;
}

struct Case {
  const char* what;
  std::vector<SequentialStep> steps;
  std::vector<SequentialFinding> findings;
};

void expect_findings(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(judge_sequential(kOpening, c.steps), c.findings) << c.what;
  }
}

TEST(JudgeSequential, FindsNothingInRightRuns) {
  expect_findings({
      {"no requests", {}, {}},
      {"the opening", {query(400)}, {}},
      {"the sample", {query(400), deposit(170), query(570), withdraw(70), query(500)}, {}},
      {"withdrawing all there is", {withdraw(400), query(0)}, {}},
      {"a refusal above the balance", {withdraw(401, Outcome::fail), query(400)}, {}},
      {"a refusal changes nothing for the next", {withdraw(500, Outcome::fail), withdraw(400)}, {}},
      {"balances on writes",
       {step(Kind::deposit, 10, Outcome::success, 410),
        step(Kind::withdraw, 10, Outcome::success, 400),
        step(Kind::withdraw, 500, Outcome::fail, 400), step(Kind::query, 0, Outcome::success, 400)},
       {}},
      {"only the last query shown",
       {hidden(deposit(10)), hidden(query(410)), hidden(withdraw(10)), query(400)},
       {}},
  });
}

TEST(JudgeSequential, FindsWrongBalances) {
  expect_findings({
      {"a query that is too low",
       {deposit(170), query(500)},
       {{1, Fault::wrong_balance, Outcome::success, Money{57000}}}},
      {"a query that is a cent off",
       {{CustomerId{1}, 1, SequentialRequest{}, SequentialAnswer{std::nullopt, Money{40001}}}},
       {{0, Fault::wrong_balance, Outcome::success, kOpening}}},
      {"a query without a balance",
       {query(std::nullopt)},
       {{0, Fault::no_balance, Outcome::success, kOpening}}},
      {"a balance on a write",
       {step(Kind::deposit, 10, Outcome::success, 400)},
       {{0, Fault::wrong_balance, Outcome::success, Money{41000}}}},
      {"a balance on a refusal",
       {step(Kind::withdraw, 500, Outcome::fail, -100)},
       {{0, Fault::wrong_balance, Outcome::fail, kOpening}}},
      {"a hidden write still counts",
       {hidden(deposit(10)), query(400)},
       {{1, Fault::wrong_balance, Outcome::success, Money{41000}}}},
  });
}

TEST(JudgeSequential, FindsWrongOutcomes) {
  expect_findings({
      {"an overdraft", {withdraw(401)}, {{0, Fault::wrong_outcome, Outcome::fail, kOpening}}},
      {"a false refusal",
       {withdraw(400, Outcome::fail)},
       {{0, Fault::wrong_outcome, Outcome::success, Money{0}}}},
      {"a refused deposit",
       {deposit(1, Outcome::fail)},
       {{0, Fault::wrong_outcome, Outcome::success, Money{40100}}}},
      {"an unknown write",
       {deposit(1, Outcome::unknown)},
       {{0, Fault::wrong_outcome, Outcome::success, Money{40100}}}},
      {"a refused query",
       {step(Kind::query, 0, Outcome::fail, std::nullopt)},
       {{0, Fault::wrong_outcome, Outcome::success, kOpening}}},
      {"an unknown query",
       {step(Kind::query, 0, Outcome::unknown, std::nullopt)},
       {{0, Fault::wrong_outcome, Outcome::success, kOpening}}},
      {"a write without an outcome",
       {step(Kind::deposit, 1, std::nullopt, 401)},
       {{0, Fault::no_outcome, Outcome::success, Money{40100}}}},
  });
}

TEST(JudgeSequential, FindsMissingAndSurplusAnswers) {
  expect_findings({
      {"a missing answer, whose request counts",
       {unanswered(deposit(10)), query(410)},
       {{0, Fault::missing, Outcome::success, Money{41000}}}},
      {"a surplus answer, which does not count",
       {unasked(deposit(10)), query(400)},
       {{0, Fault::surplus, Outcome::success, kOpening}}},
  });
}

TEST(JudgeSequential, NamesEveryFaultOfAnAnswer) {
  expect_findings({{"outcome and balance",
                    {step(Kind::withdraw, 401, Outcome::success, -1)},
                    {{0, Fault::wrong_outcome, Outcome::fail, kOpening},
                     {0, Fault::wrong_balance, Outcome::fail, kOpening}}}});
}

TEST(JudgeSequential, ADepositThatDoesNotFitMustFail) {
  const SequentialRequest most{Kind::deposit, Money::max()};
  const SequentialAnswer refused{Outcome::fail, kOpening};
  EXPECT_THAT(judge_sequential(kOpening, std::vector<SequentialStep>{{{}, 1, most, refused}}),
              testing::IsEmpty());
}

}  // namespace
}  // namespace passbook
