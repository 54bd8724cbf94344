// SPDX-License-Identifier: Apache-2.0
// What is remembered of sessions: the bytes that the table counts, and those that are allocated.
#include <fmt/format.h>
#include <malloc.h>

#include <chrono>

#include "branch/session_table.h"

namespace {

using namespace passbook;

std::size_t allocated() {
  const auto now = ::mallinfo2();
  return now.uordblks + now.hblkhd;
}

void measure(const char* what, std::size_t most, std::uint64_t sessions, std::uint64_t writes) {
  const std::size_t before = allocated();
  const auto began = std::chrono::steady_clock::now();
  SessionTable table(most, 1, false);
  for (std::uint64_t number = 1; number <= writes; ++number) {
    for (std::uint64_t session = 1; session <= sessions; ++session) {
      table.add({Origin{BranchId{1}}, {CustomerId{session}, session << 32U}, number},
                {.number = number,
                 .change = Deposit{AccountId{1}, Money{1}},
                 .entry = Sequence{number},
                 .balance = Money{5}});
    }
  }
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - began;
  constexpr double kMiB = 1024.0 * 1024.0;
  fmt::print("{:<38} {:>8.2f} MiB counted {:>8.2f} MiB allocated {:>6.0f} ns a write\n", what,
             static_cast<double>(table.bytes()) / kMiB,
             static_cast<double>(allocated() - before) / kMiB,
             took.count() / static_cast<double>(sessions * writes));
}

}  // namespace

int main() {
  constexpr std::size_t kAsShipped = 67'108'864;
  constexpr std::size_t kPlenty = std::size_t{1} << 40U;
  measure("1,000,000 writes in 10 sessions", kAsShipped, 10, 100'000);
  measure("100,000 sessions of 1 write", kAsShipped, 100'000, 1);
  measure("100,000 sessions of 10 writes", kAsShipped, 100'000, 10);
  measure("the same, unbounded", kPlenty, 100'000, 10);
  measure("1,000,000 sessions of 1 write", kAsShipped, 1'000'000, 1);
}
