# SPDX-License-Identifier: Apache-2.0
# Headers that are compiled once for all modules, and the flags that must be the same for whoever
# reads them so.

function(passbook_instrument target)
  if(PASSBOOK_SANITIZE STREQUAL "thread")
    target_compile_options(${target} PRIVATE -fsanitize=thread)
  endif()
endfunction()

# With the address sanitizer, what is tested is checked for all; the tests themselves would take
# three times as long to compile.
function(passbook_lighten_tests target)
  if(PASSBOOK_SANITIZE STREQUAL "address")
    target_compile_options(${target} PRIVATE -O0 -fno-sanitize=undefined)
  endif()
endfunction()

# The target whose files have read cmake/HEADER.h, as others may read it too.
function(passbook_compile_header target header)
  set(source ${PROJECT_BINARY_DIR}/generated/precompiled.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "")
  add_library(${target} OBJECT EXCLUDE_FROM_ALL ${source})
  target_link_libraries(${target} PRIVATE fmt::fmt-header-only)
  if(header STREQUAL "precompiled_test")
    target_link_libraries(${target} PRIVATE GTest::gmock)
    passbook_lighten_tests(${target})
  endif()
  if(NOT target MATCHES "_uninstrumented$")
    passbook_instrument(${target})
  endif()
  target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/${header}.h)
endfunction()

# passbook_precompile(TARGET HEADER [UNINSTRUMENTED])
#
# Every file of the target reads cmake/HEADER.h first; where precompiled headers are off, reads it
# all the same, so that what compiles does not depend on the folder it is built in.
function(passbook_precompile target header)
  if(CMAKE_DISABLE_PRECOMPILE_HEADERS)
    target_compile_options(${target} PRIVATE
      "SHELL:-include ${PROJECT_SOURCE_DIR}/cmake/${header}.h")
    return()
  endif()
  set(compiled ${header})
  if("UNINSTRUMENTED" IN_LIST ARGN AND PASSBOOK_SANITIZE STREQUAL "thread")
    set(compiled ${header}_uninstrumented)
  endif()
  if(NOT TARGET ${compiled})
    passbook_compile_header(${compiled} ${header})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${compiled})
endfunction()
