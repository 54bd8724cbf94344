// SPDX-License-Identifier: Apache-2.0
// The audiences that a branch serves, each on a listener of its own.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace passbook {

/// Separate listeners let a firewall keep customers away from the services of peers and operators.
enum class Audience : std::uint8_t { customers, peers, operators };

inline constexpr std::array kAudiences{Audience::customers, Audience::peers, Audience::operators};

/// "customers".
std::string_view name_of(Audience audience);

/// "customers on 127.0.0.1:50051, operators on 127.0.0.1:40123".
std::string describe(const std::map<Audience, std::string>& addresses);

/// The full name of the one service for an audience.
std::string_view service_of(Audience audience);

/// The message to a caller at the wrong listener: "this address serves peers; customers must
/// use the address given by --listen".
std::string misdirected(Audience serves, Audience needed);
/// Explains an address that does not serve an audience, from the error that it returned, in words
/// that follow the address: "serves peers; customers must use the address given by --listen".
std::string explain_unserved(std::string_view said, Audience needed);

/// The audience of a service; nothing if it is not one of ours.
std::optional<Audience> audience_of(std::string_view service);

}  // namespace passbook
