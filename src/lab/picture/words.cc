// SPDX-License-Identifier: Apache-2.0
#include "lab/picture/words.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/plural.h"
#include "lab/trace/words.h"

namespace passbook::picture {

using trace::Message;
using trace::Process;

namespace {

std::string spaced(std::string_view word) {
  std::string out(word);
  std::ranges::replace(out, '_', ' ');
  return out;
}

}  // namespace

std::string name_of(trace::Act act) { return spaced(to_string(act)); }
std::string name_of(Message message) { return spaced(to_string(message)); }

Kind kind_of(Message message, bool with_customer) {
  switch (message) {
    case Message::query:
    case Message::abandon:
    case Message::answer:
      return Kind::request;
    case Message::deposit:
    case Message::withdraw:
      return with_customer ? Kind::request : Kind::entry;
    case Message::progress:
      return Kind::progress;
    case Message::hello:
    case Message::heartbeat:
    case Message::dismissal:
    case Message::divergence:
      return Kind::link;
    case Message::grant:
    case Message::release:
    case Message::rights_request:
    case Message::rights_request_cancelled:
    case Message::totals_request:
    case Message::totals_reply:
    case Message::rebalance_request:
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

std::string summary_of(const trace::Trace& trace) {
  std::size_t branches = 0;
  for (const Process& process : trace.processes) {
    branches += process.kind == Process::Kind::branch ? 1 : 0;
  }
  std::size_t crashes = 0;
  bool cut = false;
  std::map<Message, std::set<RequestId>> asked;
  for (const trace::Event& event : trace.events) {
    crashes += event.act == trace::Act::crash ? 1 : 0;
    cut = cut || event.act == trace::Act::cut;
    if (event.process.kind == Process::Kind::customer && event.act == trace::Act::send &&
        event.message && event.request) {
      asked[*event.message].insert(*event.request);
    }
  }
  const auto some = [](std::size_t count, std::string_view noun, std::string_view nouns) {
    return std::to_string(count).append(" ").append(count == 1 ? noun : nouns);
  };
  std::string out = some(branches, "branch", "branches") + ", " +
                    plural(trace.processes.size() - branches, "customer");
  std::string_view before = ": ";
  const auto add = [&](std::size_t count, std::string_view noun, std::string_view nouns) {
    if (count > 0) {
      out.append(before).append(some(count, noun, nouns));
      before = ", ";
    }
  };
  add(asked[Message::deposit].size(), "deposit", "deposits");
  add(asked[Message::withdraw].size(), "withdrawal", "withdrawals");
  add(asked[Message::query].size(), "query", "queries");
  before = "; ";
  add(crashes, "crash", "crashes");
  return cut ? out.append(before).append("connections cut") : out;
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
