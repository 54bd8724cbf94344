// SPDX-License-Identifier: Apache-2.0
#include "scale_bank.h"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <numeric>

#include "base/check.h"
#include "wire/codec.h"

// What the heap holds is counted where it is asked for.
// NOLINTBEGIN(*-no-malloc,*-avoid-non-const-global-variables)
namespace {
std::uint64_t in_use = 0;
}  // namespace

void* operator new(std::size_t size) {
  void* const made = std::malloc(size);
  if (made == nullptr) {
    throw std::bad_alloc();
  }
  in_use += malloc_usable_size(made);
  return made;
}
void operator delete(void* what) noexcept {
  in_use -= malloc_usable_size(what);
  std::free(what);
}
void operator delete(void* what, std::size_t) noexcept { operator delete(what); }
// NOLINTEND(*-no-malloc,*-avoid-non-const-global-variables)

namespace passbook::scale {

std::uint64_t heap_in_use() { return in_use; }

std::uint64_t Traffic::all_messages() const {
  return std::accumulate(messages.begin(), messages.end(), std::uint64_t{0});
}

std::uint64_t Traffic::all_bytes() const {
  return std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0});
}

Traffic Traffic::since(const Traffic& before) const {
  Traffic out = *this;
  const auto subtract = [](auto& from, const auto& what) {
    std::ranges::transform(from, what, from.begin(), std::minus{});
  };
  subtract(out.messages, before.messages);
  subtract(out.bytes, before.bytes);
  subtract(out.messages_by, before.messages_by);
  subtract(out.bytes_by, before.bytes_by);
  return out;
}

ScaleBank::ScaleBank(sim::Setup setup)
    : setup_(std::move(setup)),
      network_(setup_),
      branches_(setup_, world_, network_,
                {.answered = [this](CallId call, const Answer& answer) { answered(call, answer); },
                 .operator_answered = [](CallId, const OperatorReply&) {},
                 .died = [](BranchId) {}}),
      call_of_(1),
      made_(size() + 1) {
  traffic_.messages_by.resize(size() + 1);
  traffic_.bytes_by.resize(size() + 1);
  branches_.streams().watch = [this](BranchId from, const Envelope& envelope) {
    count(from, envelope);
  };
}

void ScaleBank::count(BranchId from, const Envelope& envelope) {
  static v1::PeerMessage encoded;
  encoded.Clear();
  wire::encode(envelope, encoded);
  const std::size_t bytes = encoded.ByteSizeLong();
  ++traffic_.messages.at(envelope.message.index());
  traffic_.bytes.at(envelope.message.index()) += bytes;
  ++traffic_.messages_by.at(from.value);
  traffic_.bytes_by.at(from.value) += bytes;
}

bool ScaleBank::run_until(Instant end, const std::function<bool()>& done) {
  while (!world_.agenda.empty() && world_.agenda.next() <= end) {
    world_.now = world_.agenda.next();
    sim::Due due = world_.agenda.take();
    std::visit([this](auto& what) { happen(what); }, due);
    if (done()) {
      return true;
    }
  }
  world_.now = end;
  return done();
}

void ScaleBank::happen(const sim::StepDue& what) {
  branches_.happen(what);
  world_.history.events.clear();
  ++steps_;
  if (!branches_.alive(what.branch)) {
    return;
  }
  const VersionVector& applied = replica(what.branch).state().applied();
  std::erase_if(on_the_way_, [&](std::size_t number) {
    Write& write = writes_[number];
    if (!write.has[what.branch.value] && applied.covers(write.entry)) {
      write.has[what.branch.value] = true;
      if (++write.holders == size()) {
        write.everywhere = world_.now;
      }
    }
    return write.holders == size();
  });
}

void ScaleBank::answered(CallId call, const Answer& answer) {
  PASSBOOK_CHECK(answer.outcome == Outcome::ok || answer.outcome == Outcome::insufficient_funds,
                 "what is refused for another reason would be measured as free of charge");
  if (const std::size_t write = call_of_.at(call.value); write != 0) {
    writes_[write - 1].answered = world_.now;
  }
}

void ScaleBank::later(Duration wait, BranchId branch, const Operation& operation, AckLevel ack) {
  const CallId call{call_of_.size()};
  call_of_.push_back(0);
  const Request request{.id = {{branch}, {CustomerId{1}, 1}, call.value},
                        .operation = operation,
                        .passbook = {},
                        .bank = {},
                        .guarantees = {},
                        .ack = ack};
  // The clocks of this bank show an hour at most when they begin.
  const Instant deadline = world_.now + wait + std::chrono::hours(2);
  world_.later(wait, sim::ReachBranch{branch, branches_.process_number(branch),
                                      Called{call, request, deadline}});
}

void ScaleBank::follow(Duration wait, BranchId branch, AckLevel ack) {
  Write write{.branch = branch, .entry = {}, .asked = world_.now + wait, .has = {}};
  write.entry = {branches_.origin(branch), Sequence{++made_.at(branch.value)}};
  write.all = ack == AckLevel::all;
  write.has.resize(size() + 1);
  on_the_way_.push_back(writes_.size());
  writes_.push_back(std::move(write));
  later(wait, branch, Deposit{kSharedAccount, Money{100}}, ack);
  call_of_.back() = writes_.size();
}

bool ScaleBank::all_equal() const {
  const VersionVector& first = replica(branches_.ids().front()).state().applied();
  return std::ranges::all_of(
      branches_.ids(), [&](BranchId branch) { return replica(branch).state().applied() == first; });
}

void ScaleBank::cut_after(BranchId last) {
  std::vector<sim::Network::Way> ways;
  for (const BranchId a : branches_.ids()) {
    for (const BranchId b : branches_.ids()) {
      if ((a <= last) != (b <= last)) {
        ways.emplace_back(a, b);
      }
    }
  }
  network_.cut(1, std::move(ways));
}

void ScaleBank::heal() {
  network_.heal(1);
  branches_.streams().retry();
}

std::uint64_t ScaleBank::weigh(BranchId branch) {
  const std::uint64_t before = heap_in_use();
  branches_.crash(branch, /*silently=*/true);
  return before - heap_in_use();
}

}  // namespace passbook::scale
