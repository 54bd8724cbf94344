// SPDX-License-Identifier: Apache-2.0
// Assertions for invariants. They stay on in every build: a ledger with a broken invariant must
// stop before it writes the consequence down.
#pragma once

#include <string_view>

namespace passbook {

/// Runs when an invariant is broken, before the process aborts. It may throw if the whole world in
/// which it broke is discarded with it, as in a simulation.
using CheckHandler = void (*)(const char* file, int line, const char* condition,
                              std::string_view message);

/// Installs the handler. Call it before any thread is started.
void on_check_failed(CheckHandler what);

/// Writes the place and the message to stderr and aborts.
[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               std::string_view message);

}  // namespace passbook

/// Aborts with `message` unless `condition` holds.
#define PASSBOOK_CHECK(condition, message)                                 \
  do {                                                                     \
    if (!(condition)) [[unlikely]] {                                       \
      ::passbook::check_failed(__FILE__, __LINE__, #condition, (message)); \
    }                                                                      \
  } while (false)
