// SPDX-License-Identifier: Apache-2.0
#include "picture/words.h"

namespace passbook::picture {

using trace::Act;
using trace::Message;
using trace::Process;

std::string name_of(const Process& process) {
  return fmt::format("{} {}", process.kind == Process::Kind::branch ? "branch" : "customer",
                     process.id);
}

std::string name_of(const EntryId& entry) {
  const auto [branch, incarnation] = entry.origin;
  return incarnation.value == 1
             ? fmt::format("{}.{}", branch.value, entry.sequence.value)
             : fmt::format("{}'{}.{}", branch.value, incarnation.value, entry.sequence.value);
}

std::string_view name_of(Act act) {
  switch (act) {
    case Act::send:
      return "send";
    case Act::receive:
      return "receive";
    case Act::accept:
      return "accept";
    case Act::apply:
      return "apply";
    case Act::give_up:
      return "give up";
    case Act::start:
      return "start";
    case Act::stop:
      return "stop";
    case Act::crash:
      return "crash";
    case Act::disk_lost:
      return "disk lost";
    case Act::pause:
      return "pause";
    case Act::resume:
      return "resume";
    case Act::cut:
      return "cut";
    case Act::mend:
      return "mend";
  }
  return "";
}

std::string_view name_of(Message message) {
  switch (message) {
    case Message::query:
      return "query";
    case Message::deposit:
      return "deposit";
    case Message::withdraw:
      return "withdraw";
    case Message::grant:
      return "grant";
    case Message::release:
      return "release";
    case Message::answer:
      return "answer";
    case Message::hello:
      return "hello";
    case Message::progress:
      return "progress";
    case Message::ask:
      return "ask";
    case Message::ask_end:
      return "ask end";
    case Message::totals_request:
      return "totals request";
    case Message::totals_reply:
      return "totals reply";
    case Message::wish:
      return "wish";
    case Message::outcome_request:
      return "outcome request";
    case Message::outcome_reply:
      return "outcome reply";
    case Message::heartbeat:
      return "heartbeat";
  }
  return "";
}

Kind kind_of(Message message, bool with_customer) {
  switch (message) {
    case Message::query:
    case Message::answer:
      return Kind::request;
    case Message::deposit:
    case Message::withdraw:
      return with_customer ? Kind::request : Kind::entry;
    case Message::progress:
      return Kind::progress;
    case Message::hello:
    case Message::heartbeat:
      return Kind::link;
    case Message::grant:
    case Message::release:
    case Message::ask:
    case Message::ask_end:
    case Message::totals_request:
    case Message::totals_reply:
    case Message::wish:
    case Message::outcome_request:
    case Message::outcome_reply:
      break;
  }
  return Kind::rights;
}

std::optional<Kind> kind_of(const trace::Event& event) {
  if (!event.message) {
    return std::nullopt;
  }
  const bool with_customer = event.process.kind == Process::Kind::customer ||
                             (event.peer && event.peer->kind == Process::Kind::customer);
  return kind_of(*event.message, with_customer);
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        // XML has no other control characters.
        out += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? ' ' : c;
    }
  }
  return out;
}

}  // namespace passbook::picture
