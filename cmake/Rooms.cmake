# SPDX-License-Identifier: Apache-2.0
# passbook_room(NAME [USES ROOM...] [LIBRARIES TARGET...]): a folder of src/ as a static library
# and, from its *_test.cc files, a test program. Files are found by pattern, so that no source
# and no test can be left out of the build by forgetting to list it.

include(GoogleTest)

function(passbook_options target scope)
  target_include_directories(${target} ${scope} ${PROJECT_SOURCE_DIR}/src)
  if(PASSBOOK_SANITIZE STREQUAL "thread" AND NOT ARG_UNINSTRUMENTED AND scope STREQUAL "PUBLIC")
    target_compile_options(${target} PRIVATE -fsanitize=thread)
  endif()
endfunction()

function(passbook_room name)
  cmake_parse_arguments(ARG "UNINSTRUMENTED" "" "USES;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  # A room of headers only has nothing to archive.
  set(scope PUBLIC)
  if(sources)
    add_library(${name} STATIC ${sources})
  else()
    add_library(${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  passbook_options(${name} ${scope})
  target_link_libraries(${name} ${scope} ${ARG_USES} fmt::fmt-header-only ${ARG_LIBRARIES})
  if(sources AND NOT ARG_UNINSTRUMENTED)
    target_precompile_headers(${name} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled.h)
  endif()

  if(tests)
    add_executable(${name}_test ${tests})
    passbook_options(${name}_test PUBLIC)
    target_link_libraries(${name}_test PRIVATE ${name} GTest::gmock GTest::gtest_main rapidcheck rapidcheck_gtest)
    target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    target_precompile_headers(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled_test.h)
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST
      PROPERTIES LABELS unit)
  endif()
endfunction()
