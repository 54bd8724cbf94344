// SPDX-License-Identifier: Apache-2.0
// Which Passbook this is. The values are written when it is built: cmake/Version.cmake.
#pragma once

namespace passbook {

/// "0.1.0"
extern const char* const kVersion;
/// "c7277d1", with "+" behind it when files were changed since; "unknown" when built without git.
extern const char* const kCommit;

}  // namespace passbook
