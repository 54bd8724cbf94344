// SPDX-License-Identifier: Apache-2.0
// The names of the JSON members in the lines of a history, shared by the writer and the reader.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "lab/judges/history.h"

namespace passbook::history_fields {

/// The name of a kind of event in a line.
template <class What>
inline constexpr std::string_view kName;
template <>
inline constexpr std::string_view kName<history::Invoked> = "invoked";
template <>
inline constexpr std::string_view kName<history::Answered> = "answered";
template <>
inline constexpr std::string_view kName<history::Started> = "started";
template <>
inline constexpr std::string_view kName<history::Arrived> = "arrived";
template <>
inline constexpr std::string_view kName<history::Applied> = "applied";
template <>
inline constexpr std::string_view kName<history::Synced> = "synced";
template <>
inline constexpr std::string_view kName<history::Replied> = "replied";
template <>
inline constexpr std::string_view kName<history::Crashed> = "crashed";
template <>
inline constexpr std::string_view kName<history::Stopped> = "stopped";
template <>
inline constexpr std::string_view kName<history::Paused> = "paused";
template <>
inline constexpr std::string_view kName<history::Resumed> = "resumed";
template <>
inline constexpr std::string_view kName<history::DiskLost> = "disk_lost";
template <>
inline constexpr std::string_view kName<history::FaultsOver> = "faults_over";
template <>
inline constexpr std::string_view kName<history::Audited> = "audited";
template <>
inline constexpr std::string_view kName<history::Ended> = "ended";
template <>
inline constexpr std::string_view kName<history::Twin> = "twin";
template <>
inline constexpr std::string_view kName<history::Forked> = "forked";
template <>
inline constexpr std::string_view kName<history::Worked> = "worked";
template <>
inline constexpr std::string_view kName<history::Calm> = "calm";
template <>
inline constexpr std::string_view kName<history::MadeUp> = "made_up";
template <>
inline constexpr std::string_view kName<history::Grouped> = "grouped";

template <class Value>
using Word = std::pair<Value, std::string_view>;

/// The words for the values of an enum, in the enum's order.
template <class Enum>
inline constexpr std::array<Word<Enum>, 0> kWords{};
template <>
inline constexpr std::array kWords<history::Kind>{
    Word<history::Kind>{history::Kind::query, "query"},
    Word<history::Kind>{history::Kind::deposit, "deposit"},
    Word<history::Kind>{history::Kind::withdraw, "withdraw"},
    Word<history::Kind>{history::Kind::abandon, "abandon"},
};
template <>
inline constexpr std::array kWords<history::Level>{
    Word<history::Level>{history::Level::local, "local"},
    Word<history::Level>{history::Level::majority, "majority"},
    Word<history::Level>{history::Level::all, "all"},
};
template <>
inline constexpr std::array kWords<history::Result>{
    Word<history::Result>{history::Result::ok, "ok"},
    Word<history::Result>{history::Result::insufficient_funds, "insufficient_funds"},
    Word<history::Result>{history::Result::unavailable, "unavailable"},
    Word<history::Result>{history::Result::unconfirmed, "unconfirmed"},
    Word<history::Result>{history::Result::unknown_account, "unknown_account"},
    Word<history::Result>{history::Result::bad_amount, "bad_amount"},
    Word<history::Result>{history::Result::overflow, "overflow"},
    Word<history::Result>{history::Result::invalid_passbook, "invalid_passbook"},
    Word<history::Result>{history::Result::request_id_reused, "request_id_reused"},
    Word<history::Result>{history::Result::too_old, "too_old"},
    Word<history::Result>{history::Result::lost_write, "lost_write"},
    Word<history::Result>{history::Result::disk_full, "disk_full"},
    Word<history::Result>{history::Result::unknown, "unknown"},
    Word<history::Result>{history::Result::abandoned, "abandoned"},
    Word<history::Result>{history::Result::wrong_origin, "wrong_origin"},
    Word<history::Result>{history::Result::session_too_new, "session_too_new"},
    Word<history::Result>{history::Result::resource_exhausted, "resource_exhausted"},
    Word<history::Result>{history::Result::unanswered, "unanswered"},
};

using WantedFlag = bool history::Wanted::*;
/// The guarantees that a call may ask for.
inline constexpr std::array<Word<WantedFlag>, 4> kWanted{{
    {&history::Wanted::read_your_writes, "read-your-writes"},
    {&history::Wanted::monotonic_writes, "monotonic-writes"},
    {&history::Wanted::monotonic_reads, "monotonic-reads"},
    {&history::Wanted::writes_follow_reads, "writes-follow-reads"},
}};

// The members of each type that is an object in a history. `Io` is called with the name and the
// value of each member, in order. `Io::Of<T>` is `const T` for a writer and `T` for a reader.

template <class Io>
void members(Io& io, typename Io::template Of<Origin>& of) {
  io("branch", of.branch);
  io("incarnation", of.incarnation);
}
template <class Io>
void members(Io& io, typename Io::template Of<EntryId>& of) {
  members(io, of.origin);
  io("sequence", of.sequence);
}
template <class Io>
void members(Io& io, typename Io::template Of<ClientId>& of) {
  io("customer", of.customer);
  io("session", of.session);
}
template <class Io>
void members(Io& io, typename Io::template Of<RequestId>& of) {
  members(io, of.origin);
  members(io, of.client);
  io("number", of.number);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Account>& of) {
  io("account", of.id);
  io("opening", of.opening);
  io("limit", of.limit);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Bank>& of) {
  io("branches", of.branches);
  io("accounts", of.accounts);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::MoneyLeg>& of) {
  io("account", of.account);
  io("change", of.change);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::RightsLeg>& of) {
  io("account", of.account);
  io("from", of.from);
  io("to", of.to);
  io("rights", of.amount);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Invoked>& of) {
  io("client", of.client);
  io("request", of.request);
  io("branch", of.branch);
  io("kind", of.kind);
  io("account", of.account);
  io("amount", of.amount);
  io("wanted", of.wanted);
  io("level", of.level);
  io("deadline", of.deadline);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Answered>& of) {
  io("client", of.client);
  io("request", of.request);
  io("result", of.result);
  io("balance", of.balance);
  io("confirmed", of.confirmed);
  io("unreached", of.unreached);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Started>& of) {
  io("branch", of.branch);
  io("incarnation", of.incarnation);
  io("entries", of.entries);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Arrived>& of) {
  io("branch", of.branch);
  io("request", of.request);
  io("deadline", of.deadline);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Applied>& of) {
  io("branch", of.branch);
  io("entry", of.entry);
  io("request", of.request);
  io("legs", of.legs);
  io("balance", of.balance);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Synced>& of) {
  io("branch", of.branch);
  io("entries", of.entries);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Replied>& of) {
  io("branch", of.branch);
  io("request", of.request);
  io("result", of.result);
  io("balance", of.balance);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Crashed>& of) {
  io("branch", of.branch);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Stopped>& of) {
  io("branch", of.branch);
  io("why", of.why);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Paused>& of) {
  io("branch", of.branch);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Resumed>& of) {
  io("branch", of.branch);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::DiskLost>& of) {
  io("branch", of.branch);
}
template <class Io>
void members(Io&, typename Io::template Of<history::FaultsOver>&) {}
template <class Io>
void members(Io& io, typename Io::template Of<history::Audited::Rights>& of) {
  members(io, of.origin);
  io("rights", of.rights);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Audited>& of) {
  io("branch", of.branch);
  io("account", of.account);
  io("balance", of.balance);
  io("rights", of.rights);
}
template <class Io>
void members(Io&, typename Io::template Of<history::Ended>&) {}
template <class Io>
void members(Io& io, typename Io::template Of<history::Twin>& of) {
  io("branch", of.branch);
  io("of", of.of);
  io("recovered", of.recovered);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Forked>& of) {
  io("branch", of.branch);
  io("of", of.of);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Calm>& of) {
  io("parts", of.parts);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Grouped>& of) {
  io("branch", of.branch);
  io("first", of.first);
  io("last", of.last);
  io("after", of.after);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::MadeUp>& of) {
  io("client", of.client);
}
template <class Io>
void members(Io& io, typename Io::template Of<history::Worked>& of) {
  io("steps", of.steps);
  io("idle_steps", of.idle_steps);
  io("messages", of.messages);
  io("entries", of.entries);
  io("dials", of.dials);
  io("streams", of.streams);
  io("open", of.open);
  io("ended_silence", of.ended_silence);
  io("unfinished", of.unfinished);
}

}  // namespace passbook::history_fields
