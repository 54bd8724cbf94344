# SPDX-License-Identifier: Apache-2.0
# Compiler flags, the linker, ccache and the sanitizers.

set(PASSBOOK_SANITIZE "" CACHE STRING "address (with undefined behaviour), thread, or empty")

option(PASSBOOK_FUZZ "Build the fuzz targets with libFuzzer; needs clang" OFF)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # The standard library of g++ 12 calls what it has itself marked as deprecated (stable_sort).
  add_compile_options(-Wno-deprecated-declarations)
  # clang takes a precompiled header only where this is the same. gRPC's libraries bring it.
  add_compile_options(-pthread)
endif()
# Assertions stay on in every build: nothing here defines NDEBUG.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
if(PASSBOOK_SANITIZE)
  set(CMAKE_CXX_FLAGS_RELEASE "-O1 -g1")  # compiles in two thirds of the time
endif()
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g")

find_program(MOLD mold)
if(PASSBOOK_SANITIZE)
  add_link_options(-fuse-ld=lld)
elseif(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # ccache ignores files that use a precompiled header unless it is told that they are safe.
  set(sloppiness pch_defines,time_macros,include_file_mtime,include_file_ctime)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=${sloppiness} ${CCACHE})
endif()

if(PASSBOOK_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all
    -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(PASSBOOK_SANITIZE STREQUAL "thread")
  # Debian's gRPC is not instrumented. Files that see its headers must not be either, or every
  # hand-over through it looks like a race: Modules.cmake leaves those modules out.
  add_link_options(-fsanitize=thread)
endif()

if(PASSBOOK_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()
