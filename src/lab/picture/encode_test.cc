// SPDX-License-Identifier: Apache-2.0
#include "lab/picture/encode.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "lab/picture/testing_traces.h"
#include "lab/picture/words.h"
#include "lab/trace/words.h"

namespace passbook::picture {
namespace {

using nlohmann::json;
using testing_traces::branch;
using trace::Act;
using trace::Event;
using trace::Message;
using trace::Trace;

/// All fields of one event in words, with times in microseconds.
std::string told(const Event& event, Instant start, std::optional<std::size_t> cause) {
  const auto time = std::chrono::duration_cast<std::chrono::microseconds>(event.at - start);
  std::string out = fmt::format("{} {} at {} clock {}", trace::to_string(event.process),
                                name_of(event.act), time.count(), event.lamport.value);
  const auto add = [&](std::string_view name, const std::string& value) {
    out += fmt::format(" {}={}", name, value);
  };
  if (cause) {
    add("cause", fmt::format("{}", *cause));
  }
  if (event.message) {
    add("message", std::string{name_of(*event.message)});
  }
  if (event.peer) {
    add("peer", trace::to_string(*event.peer));
  }
  if (event.sent) {
    add("sent", fmt::format("{}", event.sent->value));
  }
  if (event.request) {
    add("request", fmt::format("request {} of customer {}", event.request->number,
                               event.request->client.customer.value));
  }
  if (event.entry) {
    add("entry", trace::to_string(*event.entry));
  }
  if (event.account) {
    add("account", fmt::format("{}", event.account->value));
  }
  if (event.amount) {
    add("amount", to_string(*event.amount));
  }
  if (event.balance) {
    add("balance", to_string(*event.balance));
  }
  if (event.result) {
    add("result", *event.result);
  }
  return out;
}

/// Reads the output of encode, as its header describes it.
class Reader {
 public:
  explicit Reader(const std::string& text) : in_(json::parse(text)) {
    for (const char* field :
         {"peer", "sent", "request", "entry", "account", "amount", "balance", "result"}) {
      std::size_t event = 0;
      for (std::size_t i = 0; i < in_[field][0].size(); ++i) {
        event += in_[field][0][i].get<std::size_t>();
        own_[field][event] = in_[field][1][i].get<std::int64_t>();
      }
    }
  }

  std::vector<std::string> events() {
    std::vector<std::string> out;
    std::int64_t at = 0;
    std::map<std::size_t, std::int64_t> clocks;
    for (std::size_t i = 0; i < in_["process"].size(); ++i) {
      const std::size_t lane = in_["process"][i];
      at += in_["at"][i].get<std::int64_t>();
      clock_.push_back(clocks[lane] += in_["lamport"][i].get<std::int64_t>());
      out.push_back(fmt::format("{} {} at {} clock {}{}", process(lane),
                                name_of(static_cast<Act>(letter("acts", i))), at, clock_.back(),
                                rest(i)));
    }
    return out;
  }

  json& operator[](const char* name) { return in_[name]; }

 private:
  int letter(const char* column, std::size_t i) const {
    return in_[column].get_ref<const std::string&>()[i] - 'a';
  }

  std::string process(std::size_t lane) const {
    const json& one = in_["processes"][lane];
    return fmt::format("{} {}", one[0] == 0 ? "branch" : "customer", one[1].get<std::uint64_t>());
  }

  std::int64_t field(const std::string& name, std::size_t i) {
    const auto own = own_[name].find(i);
    if (own != own_[name].end()) {
      return own->second;
    }
    const std::size_t back = in_["cause"][i];
    if (back == 0) {
      return -1;
    }
    if (name == "peer") {
      return in_["process"][i - back];
    }
    return name == "sent" ? clock_[i - back] : field(name, i - back);
  }

  std::string rest(std::size_t i) {
    std::string out;
    const auto add = [&](const char* name, auto&& text) {
      if (const std::int64_t value = field(name, i); value >= 0) {
        out += fmt::format(" {}={}", name, text(static_cast<std::size_t>(value)));
      }
    };
    const auto from = [&](const char* table) {
      return [this, table](std::size_t at) {
        const json& row = in_[table][at];
        const json& text = row.is_array() ? row[0] : row;
        return text.is_string() ? text.get<std::string>() : text.dump();
      };
    };
    if (const std::size_t back = in_["cause"][i]; back != 0) {
      out += fmt::format(" cause={}", i - back);
    }
    if (in_["messages"].get_ref<const std::string&>()[i] != '-') {
      out += fmt::format(" message={}", name_of(static_cast<Message>(letter("messages", i))));
    }
    add("peer", [&](std::size_t lane) { return process(lane); });
    add("sent", [](std::size_t clock) { return clock; });
    add("request", from("requests"));
    add("entry", from("entries"));
    add("account", from("accounts"));
    add("amount", from("money"));
    add("balance", from("money"));
    add("result", from("results"));
    return out;
  }

  json in_;
  std::map<std::string, std::map<std::size_t, std::int64_t>> own_;
  std::vector<std::int64_t> clock_;
};

void expect_all_told(const Trace& trace) {
  Instant start = kNever;
  for (const Event& event : trace.events) {
    start = std::min(start, event.at);
  }
  const auto read = Reader(encode(trace, facts_of(trace), "a title")).events();
  ASSERT_EQ(read.size(), trace.events.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    ASSERT_EQ(read[i], told(trace.events[i], start, trace.cause[i])) << i;
  }
}

TEST(Encode, TellsAllOfEveryEvent) {
  expect_all_told(testing_traces::small());
  expect_all_told(testing_traces::with_faults());
  expect_all_told(testing_traces::large(7, 5, 20));
}

TEST(Encode, TellsWhereAReceiveDiffersFromItsSend) {
  testing_traces::Notes notes(2, 0, {{AccountId{3}, Money{1}}});
  Event event;
  event.message = Message::deposit;
  event.amount = Money{5};
  event.account = AccountId{3};
  notes.sends(branch(1), branch(2), 1, 5, event);
  Trace trace = std::move(notes).trace();
  trace.events[1].amount = std::nullopt;
  trace.events[1].balance = Money{12};
  trace.events[1].account = AccountId{8};
  trace.events[1].sent = Stamp{77};
  expect_all_told(trace);
}

TEST(Encode, TakesWhatIsNotInOrderOfTime) {
  testing_traces::Notes notes(2, 0, {});
  notes.happens(branch(1), Act::start, 9);
  notes.happens(branch(2), Act::start, 12);
  Trace trace = std::move(notes).trace();
  trace.events[1].at = testing_traces::at(3);
  expect_all_told(trace);
}

TEST(Encode, TakesATraceOfNothing) {
  const Trace trace;
  Reader reader(encode(trace, facts_of(trace), ""));
  EXPECT_TRUE(reader.events().empty());
  EXPECT_EQ(reader["agreed"], -1);
}

TEST(Encode, NamesTheCustomerOfEachEntry) {
  const Trace trace = testing_traces::small();
  Reader reader(encode(trace, facts_of(trace), ""));
  ASSERT_EQ(reader["entries"].size(), 2U);
  EXPECT_EQ(reader["entries"][0][0], "2.1");
  ASSERT_GE(reader["entries"][0][1], 0);
  const std::size_t request = reader["entries"][0][1];
  EXPECT_EQ(reader["requests"][request], json::parse(R"(["request 1 of customer 2", 4])"));
}

TEST(Encode, HasTheFacts) {
  const Trace trace = testing_traces::with_faults();
  const Facts facts = facts_of(trace);
  Reader reader(encode(trace, facts, ""));
  ASSERT_EQ(reader["waits"].size(), facts.waits.size());
  EXPECT_EQ(reader["waits"][0], json::array({facts.waits[0].from, facts.waits[0].to,
                                             static_cast<int>(facts.waits[0].until)}));
  ASSERT_EQ(reader["faults"].size(), facts.faults.size());
  EXPECT_EQ(reader["faults"][0], json::array({0, facts.faults[0].from, *facts.faults[0].to}));
  ASSERT_EQ(reader["balances"].size(), 8U);
  ASSERT_FALSE(facts.balances[1].steps.empty());
  std::size_t step = 0;
  for (const json& difference : reader["balances"][1][2]) {
    step += difference.get<std::size_t>();
  }
  EXPECT_EQ(step, facts.balances[1].steps.back());
  EXPECT_EQ(reader["agreed"], *facts.agreed);
}

TEST(JsonString, ComesBackAsItWas) {
  for (const std::string text :
       {"", "a \"quoted\" \\ back", "tab\tline\n\x01", "\u00e4\u20ac\U0001f600"}) {
    EXPECT_EQ(json::parse(script_string(text)), text);
  }
}

TEST(JsonString, CanStandInAScript) {
  EXPECT_EQ(script_string("</script><!--&"), R"("\u003c/script>\u003c!--\u0026")");
}

TEST(JsonString, PutsAMarkForWhatIsNoUtf8) {
  for (const std::string text :
       {"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    const std::string read = json::parse(script_string(text));
    EXPECT_THAT(read, testing::StartsWith("\ufffd")) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace passbook::picture
