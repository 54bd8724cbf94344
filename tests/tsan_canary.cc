// SPDX-License-Identifier: Apache-2.0
// A planted data race. A run of the thread sanitizer that doesn't see this one proves nothing.

#include <thread>

namespace {
int unguarded = 0;

void count() {
  for (int i = 0; i < 1000; ++i) {
    ++unguarded;
  }
}
}  // namespace

int main() {
  std::thread other(count);
  count();
  other.join();
  return unguarded == 0 ? 1 : 0;
}
