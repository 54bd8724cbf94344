// SPDX-License-Identifier: Apache-2.0
// Times deposits at several servers, one at a time and many in flight, and what syncing a file
// costs: `deposits ROUNDS FILE NAME ADDRESS [NAME ADDRESS ...]`. Everything takes its turn in every
// round, so that a machine that slows down slows all of it. The first server is an echo, with which
// the others are compared; the last is the one that syncs.
#include <fcntl.h>
#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "passbook/v1/bank.grpc.pb.h"

namespace {

using namespace passbook;
using Clock = std::chrono::steady_clock;

constexpr int kMany = 64;
constexpr int kCallsOneByOne = 500;
constexpr int kCallsInFlight = 5000;
constexpr int kSyncs = 200;

double microseconds_since(Clock::time_point began) {
  return std::chrono::duration<double, std::micro>(Clock::now() - began).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "deposits: {}\n", why);
  std::exit(1);
}

/// One way to do something, and what each round found.
struct Measured {
  std::string name;
  int in_flight = 1;
  std::vector<double> microseconds = {};  ///< the median of the round
  std::vector<double> per_second = {};
};

/// One server and its connection.
class Server {
 public:
  explicit Server(const std::string& address)
      : stub_(v1::BankService::NewStub(
            grpc::CreateChannel(address, grpc::InsecureChannelCredentials()))) {}

  /// Makes `calls` deposits, `in_flight` at any time.
  void measure(int calls, Measured& out) {
    const auto began = Clock::now();
    std::vector<double> latencies;
    int left = calls;
    for (; left > calls - out.in_flight; --left) {
      begin(*new Call);
    }
    void* tag = nullptr;
    bool ok = false;
    while (static_cast<int>(latencies.size()) < calls && queue_.Next(&tag, &ok)) {
      const std::unique_ptr<Call> call(static_cast<Call*>(tag));
      latencies.push_back(microseconds_since(call->began));
      check(*call);
      if (left-- > 0) {
        begin(*new Call);
      }
    }
    out.per_second.push_back(calls / microseconds_since(began) * 1e6);
    out.microseconds.push_back(median(std::move(latencies)));
  }

 private:
  struct Call {
    grpc::ClientContext context;
    v1::DepositResponse response;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<v1::DepositResponse>> reader;
    Clock::time_point began;
  };

  void begin(Call& call) {
    v1::DepositRequest request;
    v1::RequestId& id = *request.mutable_header()->mutable_id();
    id.set_branch(1);
    id.set_customer(1);
    id.set_session(1);
    id.set_number(++number_);
    request.set_account(1);
    request.set_amount(1);
    request.set_ack(v1::ACK_LEVEL_LOCAL);
    call.context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    call.began = Clock::now();
    call.reader = stub_->AsyncDeposit(&call.context, request, &queue_);
    call.reader->Finish(&call.response, &call.status, &call);
  }

  static void check(const Call& call) {
    if (!call.status.ok() || call.response.header().result() != v1::RESULT_OK) {
      give_up("a deposit failed: " + call.status.error_message());
    }
  }

  std::unique_ptr<v1::BankService::Stub> stub_;
  grpc::CompletionQueue queue_;
  std::uint64_t number_ = 0;
};

/// Appends 4 KiB and syncs, again and again.
void measure_syncs(const std::string& path, Measured& out) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) {
    give_up(path + " cannot be made");
  }
  const std::string block(4096, 'x');
  std::vector<double> latencies;
  const auto all_began = Clock::now();
  for (int i = 0; i < kSyncs; ++i) {
    const auto began = Clock::now();
    if (write(file, block.data(), block.size()) != std::ssize(block) || fdatasync(file) != 0) {
      give_up(path + " cannot be written");
    }
    latencies.push_back(microseconds_since(began));
  }
  out.per_second.push_back(kSyncs / microseconds_since(all_began) * 1e6);
  close(file);
  out.microseconds.push_back(median(std::move(latencies)));
}

struct Rows {
  Measured sync{.name = "4 KiB appended, fdatasync"};
  std::vector<Measured> one;   ///< a server each
  std::vector<Measured> many;  ///< a server each
};

/// `echo`: what to compare with, if anything. `sync`: what one sync takes, if there is one in it.
void print(const Measured& row, const Measured* echo, std::optional<double> sync) {
  const double middle = median(row.microseconds);
  fmt::print("{:<32} {:>9} {:>8.0f} {:>8.0f} {:>8.0f} {:>8.0f}", row.name, row.in_flight, middle,
             std::ranges::min(row.microseconds), std::ranges::max(row.microseconds),
             median(row.per_second));
  if (echo != nullptr) {
    const double beyond = middle - median(echo->microseconds);
    fmt::print(" {:>6.2f} {:>10.0f}", median(echo->per_second) / median(row.per_second), beyond);
    if (sync) {
      fmt::print(" {:>10.0f}", beyond - *sync);
    }
  }
  fmt::print("\n");
}

void print(const Rows& rows) {
  fmt::print("{:<32} {:>9} {:>8} {:>8} {:>8} {:>8} {:>6} {:>10} {:>10}\n",
             fmt::format("us a call, {} rounds", rows.sync.microseconds.size()), "in flight",
             "median", "least", "most", "calls/s", "ratio", "over echo", "and a sync");
  print(rows.sync, nullptr, std::nullopt);
  const double sync = median(rows.sync.microseconds);
  for (const auto* group : {&rows.one, &rows.many}) {
    for (const Measured& row : *group) {
      const bool syncs = &row == &group->back();
      print(row, &row == &group->front() ? nullptr : &group->front(),
            syncs ? std::optional(sync) : std::nullopt);
    }
  }
  fmt::print(
      "\nmedian, least, most: of the rounds' medians, from call to answer. ratio: echo's calls/s\n"
      "to these, with as many in flight. over echo, over echo and a sync: us of the median.\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5 || argc % 2 != 1) {
    fmt::print(stderr, "usage: deposits ROUNDS FILE NAME ADDRESS [NAME ADDRESS ...]\n");
    return 2;
  }
  std::vector<std::unique_ptr<Server>> servers;
  Rows rows;
  Measured warm{.name = "warm", .in_flight = kMany};
  for (int i = 3; i < argc; i += 2) {
    servers.push_back(std::make_unique<Server>(argv[i + 1]));
    rows.one.push_back({.name = argv[i]});
    rows.many.push_back({.name = argv[i], .in_flight = kMany});
    servers.back()->measure(kCallsInFlight, warm);
  }
  const int rounds = std::atoi(argv[1]);
  for (int round = 0; round < rounds; ++round) {
    measure_syncs(argv[2], rows.sync);
    for (std::size_t i = 0; i < servers.size(); ++i) {
      servers[i]->measure(kCallsOneByOne, rows.one[i]);
    }
    for (std::size_t i = 0; i < servers.size(); ++i) {
      servers[i]->measure(kCallsInFlight, rows.many[i]);
    }
  }
  print(rows);
  return 0;
}
