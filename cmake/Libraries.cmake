# SPDX-License-Identifier: Apache-2.0
# The libraries from Debian packages; debian-packages.txt lists them.

find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(GTest CONFIG REQUIRED)
find_package(rapidcheck CONFIG REQUIRED)
find_package(benchmark CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)

# gRPC, as the rooms link it.
add_library(passbook_grpc INTERFACE)
target_link_libraries(passbook_grpc INTERFACE gRPC::grpc++ gRPC::grpc++_reflection)
