// SPDX-License-Identifier: Apache-2.0
// A hundred customers who want more of one branch than it can do: `crowd_client ADDRESS PID
// SECONDS`. First each has so few deposits under way that the branch is just busy, then 20 times as
// many for so many seconds, and 300 times as many; after each, what it does a second later. They do
// what a client must: a call that was not answered, or refused since there is too much, is made
// again with its id.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "passbook/v1/bank.grpc.pb.h"

namespace {

using namespace passbook;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kCustomers = 100;
constexpr std::uint64_t kPerSession = 100;  ///< under way; a session remembers 256 numbers
constexpr auto kDeadline = seconds(2);

/// Of one phase.
struct Counts {
  std::map<std::string, std::uint64_t> ended;  ///< calls, by how
  std::vector<double> milliseconds;            ///< from call to end
  std::vector<std::uint64_t> done = std::vector<std::uint64_t>(kCustomers);
  std::uint64_t late = 0;  ///< calls that ended more than a tenth of a second after their deadline
  std::uint64_t most_memory = 0;
};

/// A line of /proc/PID/status, in KiB.
std::uint64_t memory_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmRSS:")) {
      return std::strtoull(line.c_str() + 6, nullptr, 10);
    }
  }
  return 0;
}

/// One deposit at a time, again and again.
struct Slot {
  std::uint64_t customer = 0;
  std::uint64_t session = 0;
  std::uint64_t number = 0;
  bool waits = false;
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::DepositResponse>> reader;
  grpc::Alarm alarm;
  v1::DepositResponse response;
  grpc::Status status;
  Clock::time_point began;
};

class Crowd {
 public:
  Crowd(const std::string& address, std::string pid) : pid_(std::move(pid)) {
    for (std::uint64_t i = 0; i < kCustomers; ++i) {
      grpc::ChannelArguments own;
      own.SetInt("customer", static_cast<int>(i));  // a connection each
      stubs_.push_back(v1::BankService::NewStub(
          grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), own)));
    }
  }

  Counts run(std::uint64_t in_flight_of_each, seconds time) {
    counts_ = {};
    until_ = Clock::now() + time;
    std::vector<std::unique_ptr<Slot>> slots;
    for (std::uint64_t i = 0; i < kCustomers * in_flight_of_each; ++i) {
      slots.push_back(std::make_unique<Slot>());
      slots.back()->customer = i % kCustomers;
      slots.back()->session = session_ + i / kCustomers / kPerSession;
      next(*slots.back());
    }
    session_ += in_flight_of_each / kPerSession + 1;
    std::uint64_t under_way = slots.size();
    void* tag = nullptr;
    bool ok = false;
    while (under_way > 0 && queue_.Next(&tag, &ok)) {
      under_way -= go_on(*static_cast<Slot*>(tag)) ? 0 : 1;
    }
    return std::move(counts_);
  }

 private:
  void next(Slot& slot) {
    slot.number = ++numbers_[{slot.customer, slot.session}];
    call(slot);
  }

  void call(Slot& slot) {
    v1::DepositRequest request;
    v1::RequestId& id = *request.mutable_header()->mutable_id();
    id.set_branch(1);
    id.set_customer(slot.customer + 1);
    id.set_session(slot.session);
    id.set_number(slot.number);
    request.set_account(1);
    request.set_amount(1);
    request.set_ack(v1::ACK_LEVEL_LOCAL);
    slot.context = std::make_unique<grpc::ClientContext>();
    slot.context->set_deadline(std::chrono::system_clock::now() + kDeadline);
    slot.began = Clock::now();
    slot.reader = stubs_[slot.customer]->AsyncDeposit(slot.context.get(), request, &queue_);
    slot.reader->Finish(&slot.response, &slot.status, &slot);
  }

  /// A call has ended, or a pause. False when this slot does no more.
  bool go_on(Slot& slot) {
    if (!slot.waits) {
      note(slot);
      if (Clock::now() >= until_) {
        return false;
      }
      const auto& header = slot.response.header();
      if (slot.status.ok() && header.result() == v1::RESULT_OK) {
        next(slot);
      } else if (slot.status.ok() && header.result() == v1::RESULT_RESOURCE_EXHAUSTED) {
        slot.waits = true;
        slot.alarm.Set(&queue_,
                       std::chrono::system_clock::now() + milliseconds(header.retry_after_ms()),
                       &slot);
      } else {
        call(slot);
      }
      return true;
    }
    slot.waits = false;
    call(slot);
    return true;
  }

  void note(const Slot& slot) {
    const auto took = Clock::now() - slot.began;
    counts_.milliseconds.push_back(std::chrono::duration<double, std::milli>(took).count());
    counts_.late += took > kDeadline + milliseconds(100) ? 1 : 0;
    const auto result = slot.response.header().result();
    ++counts_.ended[slot.status.ok() ? v1::Result_Name(result)
                                     : fmt::format("gRPC status {}",
                                                   static_cast<int>(slot.status.error_code()))];
    counts_.done[slot.customer] += slot.status.ok() && result == v1::RESULT_OK ? 1 : 0;
    if (counts_.milliseconds.size() % 10'000 == 0) {
      counts_.most_memory = std::max(counts_.most_memory, memory_of(pid_));
    }
  }

  std::string pid_;
  std::vector<std::unique_ptr<v1::BankService::Stub>> stubs_;
  grpc::CompletionQueue queue_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> numbers_;
  std::uint64_t session_ = static_cast<std::uint64_t>(std::chrono::system_clock::to_time_t(
                               std::chrono::system_clock::now()))
                           << 32U;
  Clock::time_point until_;
  Counts counts_;
};

void print(const std::string& name, Counts counts, seconds time, const std::string& pid) {
  std::ranges::sort(counts.milliseconds);
  std::ranges::sort(counts.done);
  const auto at = [&](double part) {
    return counts.milliseconds[static_cast<std::size_t>(
        part * static_cast<double>(counts.milliseconds.size() - 1))];
  };
  std::uint64_t done = 0;
  for (const std::uint64_t each : counts.done) {
    done += each;
  }
  fmt::print("{:<24} {:>8} {:>8.1f} {:>8.1f} {:>8.1f} {:>6} {:>7} {:>7} {:>7.0f}  {}\n", name,
             done / static_cast<std::uint64_t>(time.count()), at(0.5), at(0.99), at(1), counts.late,
             counts.done.front(), counts.done.back(),
             static_cast<double>(std::max(counts.most_memory, memory_of(pid))) / 1024,
             fmt::join(counts.ended, ", "));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: crowd_client ADDRESS PID SECONDS\n");
    return 2;
  }
  const std::string pid = argv[2];
  const seconds long_time(std::atoi(argv[3]));
  constexpr auto kShort = seconds(5);
  constexpr std::uint64_t kBusy = 1;
  Crowd crowd(argv[1], pid);
  crowd.run(kBusy, kShort);
  fmt::print("{:<24} {:>8} {:>8} {:>8} {:>8} {:>6} {:>7} {:>7} {:>7}  {}\n", "under way, in all",
             "OK a s", "ms: 50%", "99%", "most", "late", "least", "most", "MiB", "ended");
  for (const std::uint64_t times : {20U, 300U}) {
    print("100", crowd.run(kBusy, kShort), kShort, pid);
    print(fmt::format("{}", 100 * times), crowd.run(kBusy * times, long_time), long_time, pid);
    crowd.run(kBusy, seconds(1));
    print("100, a second later", crowd.run(kBusy, kShort), kShort, pid);
  }
  fmt::print(
      "\nlate: calls that ended more than 100 ms after their deadline of 2 s. least, most: "
      "deposits\n"
      "that were done for one customer. MiB: of the branch, at most.\n");
  return 0;
}
