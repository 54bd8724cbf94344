// SPDX-License-Identifier: Apache-2.0
// Assertions on what must always hold. They stay on in every build: a broken invariant in a
// ledger must stop the process before it writes the consequence down.
#pragma once

#include <string_view>

namespace passbook {

/// What may be done about a broken invariant before the process aborts. It may throw, when the
/// whole world in which it broke is thrown away with it, as a simulation's is.
using CheckHandler = void (*)(const char* file, int line, const char* condition,
                              std::string_view message);

/// Called from now on; before any thread is started.
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
