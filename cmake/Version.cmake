# SPDX-License-Identifier: Apache-2.0
# Writes OUT, a source file that defines the VERSION and the commit of SOURCE; leaves it alone when
# both are what it says already.

set(commit "")
find_program(GIT git)
if(GIT)
  execute_process(
    COMMAND ${GIT} describe --always --exclude * --abbrev=7 --dirty=+
    WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(commit STREQUAL "")
  set(commit "unknown")
endif()

file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [[
#include "version.h"

namespace passbook {
const char* const kVersion = "@VERSION@";
const char* const kCommit = "@commit@";
}  // namespace passbook
]])
