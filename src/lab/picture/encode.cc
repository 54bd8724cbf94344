// SPDX-License-Identifier: Apache-2.0
#include "lab/picture/encode.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>

#include "base/numbering.h"
#include "lab/picture/words.h"
#include "lab/trace/words.h"

namespace passbook::picture {
namespace {

using trace::Act;
using trace::Event;
using trace::Trace;

constexpr std::int64_t kNone = -1;

template <class T>
std::int64_t number_in(Numbering<T>& numbering, const T& value) {
  return static_cast<std::int64_t>(numbering.number(value));
}

void append(std::string& out, std::int64_t number) {
  fmt::format_to(std::back_inserter(out), "{},", number);
}

/// Ends a list that append has filled.
void close(std::string& out, std::string_view with) {
  if (out.back() == ',') {
    out.pop_back();
  }
  out += with;
}

/// A column in which few events have a value of their own.
class Sparse {
 public:
  void add(std::size_t event, std::int64_t value) {
    append(events_, static_cast<std::int64_t>(event - last_));
    last_ = event;
    append(values_, value);
  }
  void write(std::string& out, std::string_view name) {
    close(events_, "]");
    close(values_, "]");
    out += fmt::format(",\n\"{}\":[{},{}]", name, events_, values_);
  }

 private:
  std::size_t last_ = 0;
  std::string events_ = "[";
  std::string values_ = "[";
};

/// A column with one number for each event.
class Dense {
 public:
  void add(std::int64_t value) { append(values_, value); }
  void write(std::string& out, std::string_view name) {
    close(values_, "]");
    out += fmt::format(",\n\"{}\":{}", name, values_);
  }

 private:
  std::string values_ = "[";
};

/// The optional fields of one event, in the order in which they are written.
constexpr const char* kFields[] = {"peer",    "sent",   "request", "entry",
                                   "account", "amount", "balance", "result"};
using Fields = std::array<std::int64_t, std::size(kFields)>;

class Encoder {
 public:
  explicit Encoder(const Trace& trace) : trace_(trace), lanes_(trace.processes) {
    for (const trace::Account& account : trace.accounts) {
      number_in(accounts_, account.id);
      number_in(money_, account.opening);
    }
    for (const Event& event : trace.events) {
      if (event.act == Act::accept && event.entry && event.request) {
        request_of_.try_emplace(*event.entry, *event.request);
      }
    }
  }

  std::string all(const Facts& facts, std::string_view title) {
    std::string columns;
    events(columns);
    std::string out = fmt::format("{{\"title\":{}", script_string(title));
    tables(out);
    out += columns;
    add_facts(out, facts);
    return out + "}\n";
  }

 private:
  std::int64_t lane(const trace::Process& process) const {
    const auto place = lanes_.of(process);
    return place ? static_cast<std::int64_t>(*place) : kNone;
  }

  template <class T>
  static std::int64_t place(Numbering<T>& table, const std::optional<T>& value) {
    return value ? number_in(table, *value) : kNone;
  }

  Fields fields_of(const Event& event) {
    return {event.peer ? lane(*event.peer) : kNone,
            event.sent ? static_cast<std::int64_t>(event.sent->value) : kNone,
            place(requests_, event.request),
            place(entries_, event.entry),
            place(accounts_, event.account),
            place(money_, event.amount),
            place(money_, event.balance),
            place(results_, event.result)};
  }

  /// The fields that a reader assumes for an event that lists none.
  Fields taken_for_granted(std::size_t i) {
    const auto& cause = trace_.cause[i];
    if (!cause) {
      Fields none;
      none.fill(kNone);
      return none;
    }
    Fields out = fields_of(trace_.events[*cause]);
    out[0] = lane(trace_.events[*cause].process);
    out[1] = static_cast<std::int64_t>(trace_.events[*cause].lamport.value);
    return out;
  }

  void events(std::string& out) {
    std::string acts;
    std::string messages;
    std::string kinds;
    Dense process;
    Dense at;
    Dense lamport;
    Dense cause;
    std::array<Sparse, std::size(kFields)> sparse;
    const Instant start = earliest();
    std::int64_t time = 0;
    std::map<trace::Process, std::int64_t> clocks;
    for (std::size_t i = 0; i < trace_.events.size(); ++i) {
      const Event& event = trace_.events[i];
      const auto kind = kind_of(event);
      acts += letter(event.act);
      messages += event.message ? letter(*event.message) : '-';
      kinds += kind ? letter(*kind) : '-';
      process.add(lane(event.process));
      const auto now =
          std::chrono::duration_cast<std::chrono::microseconds>(event.at - start).count();
      at.add(now - time);
      time = now;
      std::int64_t& clock = clocks[event.process];
      const auto shown = static_cast<std::int64_t>(event.lamport.value);
      lamport.add(shown - clock);
      clock = shown;
      cause.add(trace_.cause[i] ? static_cast<std::int64_t>(i - *trace_.cause[i]) : 0);
      const Fields granted = taken_for_granted(i);
      const Fields own = fields_of(event);
      for (std::size_t field = 0; field < own.size(); ++field) {
        if (own[field] != granted[field]) {
          sparse[field].add(i, own[field]);
        }
      }
    }
    out += fmt::format(",\n\"acts\":\"{}\",\n\"messages\":\"{}\",\n\"kinds\":\"{}\"", acts,
                       messages, kinds);
    process.write(out, "process");
    at.write(out, "at");
    lamport.write(out, "lamport");
    cause.write(out, "cause");
    for (std::size_t field = 0; field < sparse.size(); ++field) {
      sparse[field].write(out, kFields[field]);
    }
  }

  void tables(std::string& out) {
    std::string entries = "[";
    for (const EntryId& entry : entries_.values()) {
      const auto from = request_of_.find(entry);
      fmt::format_to(std::back_inserter(entries), "[{},{}],",
                     script_string(trace::to_string(entry)),
                     from == request_of_.end() ? kNone : number_in(requests_, from->second));
    }
    close(entries, "]");
    out += ",\n\"processes\":[";
    for (const trace::Process& process : trace_.processes) {
      out += fmt::format("[{},{}],", static_cast<int>(process.kind), process.id);
    }
    close(out, "],\n\"accounts\":[");
    for (const AccountId account : accounts_.values()) {
      out += fmt::format("[{},{}],", account.value, opening_of(account));
    }
    close(out, "],\n\"money\":[");
    for (const Money amount : money_.values()) {
      out += fmt::format("\"{}\",", to_string(amount));
    }
    close(out, "],\n\"requests\":[");
    for (const RequestId& request : requests_.values()) {
      const trace::Process customer = trace::process_of(request.client.customer);
      out += fmt::format("[\"request {} of customer {}\",{}],", request.number, customer.id,
                         lane(customer));
    }
    close(out, "],\n\"entries\":");
    out += entries;
    out += ",\n\"results\":[";
    for (const std::string& result : results_.values()) {
      out += script_string(result) + ",";
    }
    close(out, "]");
  }

  /// An account that the bank did not open with begins at 0.
  std::int64_t opening_of(AccountId id) {
    const auto account = std::ranges::find(trace_.accounts, id, &trace::Account::id);
    return number_in(money_, account == trace_.accounts.end() ? Money{} : account->opening);
  }

  static void add_facts(std::string& out, const Facts& facts) {
    out += ",\n\"waits\":[";
    for (const Wait& wait : facts.waits) {
      out += fmt::format("[{},{},{}],", wait.from, wait.to, static_cast<int>(wait.until));
    }
    close(out, "],\n\"faults\":[");
    for (const Fault& fault : facts.faults) {
      out +=
          fmt::format("[{},{},{}],", static_cast<int>(fault.kind), fault.from, or_none(fault.to));
    }
    close(out, "],\n\"balances\":[");
    for (const BalanceLine& line : facts.balances) {
      out += fmt::format("[{},{},[", line.process, line.account);
      std::size_t last = 0;
      for (const std::size_t step : line.steps) {
        append(out, static_cast<std::int64_t>(step - last));
        last = step;
      }
      close(out, "]],");
    }
    close(out, "]");
    out +=
        fmt::format(",\n\"agreed\":{},\"little\":{}", or_none(facts.agreed),
                    std::chrono::duration_cast<std::chrono::microseconds>(facts.a_little).count());
  }

  static std::int64_t or_none(const std::optional<std::size_t>& event) {
    return event ? static_cast<std::int64_t>(*event) : kNone;
  }

  template <class Enum>
  static char letter(Enum value) {
    return static_cast<char>('a' + static_cast<int>(value));
  }

  Instant earliest() const {
    const auto first = std::ranges::min_element(trace_.events, {}, &Event::at);
    return first == trace_.events.end() ? Instant{} : first->at;
  }

  const Trace& trace_;
  Lanes lanes_;
  std::map<EntryId, RequestId> request_of_;
  Numbering<AccountId> accounts_;
  Numbering<Money> money_;
  Numbering<RequestId> requests_;
  Numbering<EntryId> entries_;
  Numbering<std::string> results_;
};

/// The code point that begins at `at`, which moves behind it. U+FFFD for invalid bytes.
char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  if (first < 0x80) {
    return first;
  }
  const int more = 1 + (first >= 0xe0 ? 1 : 0) + (first >= 0xf0 ? 1 : 0);
  if (first < 0xc2 || first > 0xf4) {
    return 0xfffd;
  }
  char32_t out = first & (0x3fU >> more);
  for (int i = 0; i < more; ++i) {
    if (at == text.size() || (static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80U) {
      return 0xfffd;
    }
    out = out << 6 | (static_cast<unsigned char>(text[at++]) & 0x3fU);
  }
  constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  const bool surrogate = out >= 0xd800 && out < 0xe000;
  return out < kLeast[more] || out > 0x10ffff || surrogate ? 0xfffd : out;
}

}  // namespace

std::string script_string(std::string_view text) {
  std::string out = "\"";
  const auto unit = [&](char32_t value) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(value));
  };
  for (std::size_t at = 0; at < text.size();) {
    const char32_t point = next_code_point(text, at);
    if (point >= 0x10000) {
      unit(0xd800 + ((point - 0x10000) >> 10));
      unit(0xdc00 + ((point - 0x10000) & 0x3ff));
    } else if (point < 0x20 || point > 0x7e || point == '<' || point == '&' || point == '"' ||
               point == '\\') {
      unit(point);
    } else {
      out += static_cast<char>(point);
    }
  }
  return out + '"';
}

std::string encode(const Trace& trace, const Facts& facts, std::string_view title) {
  return Encoder(trace).all(facts, title);
}

}  // namespace passbook::picture
