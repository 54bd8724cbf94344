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

/// What a caller is told at an address where those whom it is for are not served: "this address
/// serves peers, not customers, who need that of --listen".
std::string misdirected(Audience serves, Audience needed);
/// What can be said of an address that does not serve an audience, in words that follow it, from
/// what came back from there: "serves peers, not customers, who need that of --listen".
std::string explain_unserved(std::string_view said, Audience needed);

/// Whom a service is for; nothing when it is none of ours.
std::optional<Audience> audience_of(std::string_view service);

}  // namespace passbook
