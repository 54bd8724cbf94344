# SPDX-License-Identifier: Apache-2.0
# The libraries from Debian packages; debian-packages.txt lists them. What the project links is
# passbook_grpc, passbook_protobuf, passbook_rocksdb and passbook_crypto, never the libraries' own
# targets: a program that had both the static and the shared protobuf in it would register every
# message twice and abort.

find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(RocksDB CONFIG REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(GTest CONFIG REQUIRED)
find_package(rapidcheck CONFIG REQUIRED)
find_package(benchmark CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)

# Loading 60 shared libraries costs a process more time than all that it does for a small
# scenario. The sanitizers keep the shared ones, as Debian tests them.
set(static_by_default ON)
if(PASSBOOK_SANITIZE OR NOT MOLD)
  set(static_by_default OFF)
endif()
option(PASSBOOK_STATIC "Link gRPC, protobuf, RocksDB, OpenSSL and libstdc++ statically" ${static_by_default})
if(PASSBOOK_STATIC)
  add_link_options(-static-libstdc++ -static-libgcc)
endif()

# Sets OUT to the paths of lib*.a for the names given, or to "" when one of them isn't there.
# What only the C library's own family provides (dl, rt, pthread, atomic) is left out.
function(passbook_archives out)
  set(archives "")
  set(names ${ARGN})
  list(REMOVE_DUPLICATES names)
  list(REMOVE_ITEM names dl rt pthread atomic m uring)
  foreach(name ${names})
    find_library(PASSBOOK_ARCHIVE_${name} NAMES lib${name}.a)
    mark_as_advanced(PASSBOOK_ARCHIVE_${name})
    if(NOT PASSBOOK_ARCHIVE_${name})
      message(STATUS "lib${name}.a is missing: linking shared libraries instead")
      set(${out} "" PARENT_SCOPE)
      return()
    endif()
    list(APPEND archives ${PASSBOOK_ARCHIVE_${name}})
  endforeach()
  set(${out} ${archives} PARENT_SCOPE)
endfunction()

# An interface target NAME that links ARCHIVES as one group (they refer to each other in circles),
# or the shared targets given as SHARED when there are none.
function(passbook_library name)
  cmake_parse_arguments(ARG "" "" "ARCHIVES;SHARED" ${ARGN})
  add_library(${name} INTERFACE)
  if(ARG_ARCHIVES)
    list(JOIN ARG_ARCHIVES "," group)
    target_link_libraries(${name} INTERFACE "$<LINK_GROUP:RESCAN,${group}>"
      Threads::Threads ${CMAKE_DL_LIBS})
  else()
    target_link_libraries(${name} INTERFACE ${ARG_SHARED})
  endif()
endfunction()

set(grpc_archives "")
set(protobuf_archives "")
set(rocksdb_archives "")
set(crypto_archives "")
if(PASSBOOK_STATIC)
  pkg_check_modules(PASSBOOK_GRPC REQUIRED QUIET grpc++ protobuf)
  passbook_archives(grpc_archives ${PASSBOOK_GRPC_STATIC_LIBRARIES})
  passbook_archives(protobuf_archives protobuf z)
  # Debian's rocksdb.pc doesn't name the compression libraries that its archive needs.
  passbook_archives(rocksdb_archives rocksdb snappy lz4 zstd bz2 z)
  passbook_archives(crypto_archives crypto)
endif()
passbook_library(passbook_grpc ARCHIVES ${grpc_archives}
  SHARED gRPC::grpc++ protobuf::libprotobuf)
passbook_library(passbook_protobuf ARCHIVES ${protobuf_archives} SHARED protobuf::libprotobuf)
passbook_library(passbook_rocksdb ARCHIVES ${rocksdb_archives} SHARED RocksDB::rocksdb-shared)
passbook_library(passbook_crypto ARCHIVES ${crypto_archives} SHARED OpenSSL::Crypto)

# ISA-L, for checksums; Debian has no archive of it that could be linked statically.
pkg_check_modules(PASSBOOK_ISAL REQUIRED QUIET IMPORTED_TARGET libisal)
add_library(passbook_isal INTERFACE)
target_link_libraries(passbook_isal INTERFACE PkgConfig::PASSBOOK_ISAL)

# Debian has spdlog and fmt as shared libraries only; their headers work alone. spdlog's own target
# asks for the shared fmt, whose macro no precompiled header knows.
add_library(passbook_log INTERFACE)
foreach(what COMPILE_DEFINITIONS INCLUDE_DIRECTORIES)
  get_target_property(theirs spdlog::spdlog_header_only INTERFACE_${what})
  set_target_properties(passbook_log PROPERTIES INTERFACE_${what} "${theirs}")
endforeach()
target_link_libraries(passbook_log INTERFACE fmt::fmt-header-only Threads::Threads)
