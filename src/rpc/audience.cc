// SPDX-License-Identifier: Apache-2.0
#include "rpc/audience.h"

#include <fmt/format.h>

#include "passbook/v1/bank.grpc.pb.h"
#include "passbook/v1/operator.grpc.pb.h"
#include "passbook/v1/replication.grpc.pb.h"

namespace passbook {
namespace {

constexpr std::string_view kThisAddress = "this address ";

/// The option that sets the address of an audience.
std::string_view option_of(Audience audience) {
  switch (audience) {
    case Audience::customers:
      return "--listen";
    case Audience::peers:
      return "--listen-peers";
    case Audience::operators:
      return "--listen-operators";
  }
  return "";
}

}  // namespace

std::string_view name_of(Audience audience) {
  switch (audience) {
    case Audience::customers:
      return "customers";
    case Audience::peers:
      return "peers";
    case Audience::operators:
      return "operators";
  }
  return "";
}

std::string describe(const std::map<Audience, std::string>& addresses) {
  std::string out;
  for (const auto& [audience, address] : addresses) {
    out += fmt::format("{}{} on {}", out.empty() ? "" : ", ", name_of(audience), address);
  }
  return out;
}

std::string_view service_of(Audience audience) {
  switch (audience) {
    case Audience::customers:
      return v1::BankService::service_full_name();
    case Audience::peers:
      return v1::ReplicationService::service_full_name();
    case Audience::operators:
      return v1::OperatorService::service_full_name();
  }
  return "";
}

std::string misdirected(Audience serves, Audience needed) {
  return fmt::format("{}serves {}; {} must use the address given by {}", kThisAddress,
                     name_of(serves), name_of(needed), option_of(needed));
}

std::string explain_unserved(std::string_view said, Audience needed) {
  if (said.starts_with(kThisAddress)) {
    return std::string(said.substr(kThisAddress.size()));
  }
  return fmt::format("does not serve {} of a bank{}{}", name_of(needed), said.empty() ? "" : ": ",
                     said);
}

std::optional<Audience> audience_of(std::string_view service) {
  for (const Audience audience : kAudiences) {
    if (service_of(audience) == service) {
      return audience;
    }
  }
  return std::nullopt;
}

}  // namespace passbook
