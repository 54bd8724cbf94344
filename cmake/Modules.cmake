# SPDX-License-Identifier: Apache-2.0
# What a folder of src/ says in its CMakeLists.txt.
#
# passbook_module(NAME [USES MODULE...] [LIBRARIES TARGET...] [PROGRAM NAME]
#                 [UNINSTRUMENTED])
#
# The folder, and the folders in it, as a static library and, from the *_test.cc files, a test
# program NAME_test. Files are found by pattern, so that no source and no test can be left out of
# the build by forgetting to list it. With PROGRAM, main.cc becomes that command, in the root of the build folder.
#
# UNINSTRUMENTED is for code that sees gRPC headers or generated ones: the thread sanitizer is kept
# out of it, because Debian's gRPC is not instrumented and every hand-over through it would look
# like a race. It has nothing to do in a module without threads either: there the test program is
# left out of its build.

include(GoogleTest)

# Whether a file of the module has to do with threads, or one of the modules that it uses.
function(passbook_has_threads name uses out)
  file(GLOB files CONFIGURE_DEPENDS *.h *.cc */*.h */*.cc)
  set(threads OFF)
  foreach(file ${files})
    file(STRINGS ${file} includes LIMIT_COUNT 1
      REGEX "^#include <(atomic|condition_variable|future|mutex|shared_mutex|stop_token|thread)>")
    if(includes)
      set(threads ON)
    endif()
  endforeach()
  foreach(module ${uses})
    get_target_property(theirs ${module} PASSBOOK_THREADS)
    if(theirs)
      set(threads ON)
    endif()
  endforeach()
  set_target_properties(${name} PROPERTIES PASSBOOK_THREADS ${threads})
  set(${out} ${threads} PARENT_SCOPE)
endfunction()

function(passbook_module name)
  cmake_parse_arguments(ARG "UNINSTRUMENTED" "PROGRAM" "USES;LIBRARIES" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "passbook_module(${name}): what is ${ARG_UNPARSED_ARGUMENTS}?")
  endif()
  set(uninstrumented "")
  if(ARG_UNINSTRUMENTED)
    set(uninstrumented UNINSTRUMENTED)
  endif()
  file(GLOB sources CONFIGURE_DEPENDS *.cc */*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(ARG_PROGRAM)
    list(FILTER sources EXCLUDE REGEX "/main\\.cc$")
  endif()

  # A module of headers only has nothing to archive.
  if(sources)
    set(scope PUBLIC)
    add_library(${name} STATIC ${sources})
    passbook_precompile(${name} precompiled ${uninstrumented})
    if(NOT ARG_UNINSTRUMENTED)
      passbook_instrument(${name})
    endif()
  else()
    set(scope INTERFACE)
    add_library(${name} INTERFACE)
  endif()
  target_include_directories(${name} ${scope} ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${name} ${scope} ${ARG_USES} fmt::fmt-header-only ${ARG_LIBRARIES})

  if(ARG_PROGRAM)
    add_executable(${ARG_PROGRAM} main.cc)
    target_link_libraries(${ARG_PROGRAM} PRIVATE ${name})
    set_target_properties(${ARG_PROGRAM} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  endif()

  passbook_has_threads(${name} "${ARG_USES}" threads)
  if(PASSBOOK_SANITIZE STREQUAL "thread" AND NOT threads)
    return()
  endif()
  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} GTest::gmock GTest::gtest_main rapidcheck
      rapidcheck_gtest)
    target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests)
    passbook_precompile(${name}_test precompiled_test ${uninstrumented})
    passbook_lighten_tests(${name}_test)
    if(NOT ARG_UNINSTRUMENTED)
      passbook_instrument(${name}_test)
    endif()
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST
      PROPERTIES LABELS unit)
  endif()
endfunction()

# passbook_version: what --version says, in version.h, made anew when the commit changes.
add_custom_target(passbook_version_text
  COMMAND ${CMAKE_COMMAND} -D SOURCE=${PROJECT_SOURCE_DIR} -D VERSION=${PROJECT_VERSION}
    -D OUT=${PROJECT_BINARY_DIR}/generated/version.cc -P ${PROJECT_SOURCE_DIR}/cmake/Version.cmake
  BYPRODUCTS ${PROJECT_BINARY_DIR}/generated/version.cc
  COMMENT "Reading the version")
add_library(passbook_version STATIC EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/generated/version.cc)
add_dependencies(passbook_version passbook_version_text)
target_include_directories(passbook_version PUBLIC ${PROJECT_SOURCE_DIR}/cmake/include)
