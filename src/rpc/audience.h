// SPDX-License-Identifier: Apache-2.0
// Whom a listener serves, and with what.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace passbook {

/// Each has a listener of its own, so that a firewall can tell them apart.
enum class Audience : std::uint8_t { customers, peers, operators };

inline constexpr std::array kAudiences{Audience::customers, Audience::peers, Audience::operators};

/// "customers".
std::string_view name_of(Audience audience);

/// "customers on 127.0.0.1:50051, operators on 127.0.0.1:40123".
std::string describe(const std::map<Audience, std::string>& addresses);

/// The full name of the one service for an audience.
std::string_view service_of(Audience audience);

/// Whom a service is for; nothing when it is none of ours.
std::optional<Audience> audience_of(std::string_view service);

}  // namespace passbook
