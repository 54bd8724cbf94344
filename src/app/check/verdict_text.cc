// SPDX-License-Identifier: Apache-2.0
#include "app/check/verdict_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "lab/scenario/json_tree.h"

namespace passbook {
namespace {

/// Shown as the expected answer if several answers would be right.
const char* kSeveral = "any possible";

std::string event_as_json(const JudgedEvent& event) {
  return fmt::format(
      "{{\"customer\":{},\"event\":{},\"request\":{},\"actual\":{},\"expected\":{},\"points\":{}}}",
      event.customer.value, event.event, json_string(event.request),
      event.actual.empty() ? "null" : json_string(event.actual),
      event.expected.empty() ? "null" : json_string(event.expected), event.right ? 1 : 0);
}

}  // namespace

std::string as_json(const Judged& judged) {
  std::string events;
  for (const JudgedEvent& event : judged.verdict.events) {
    events += (events.empty() ? "" : ",") + event_as_json(event);
  }
  return fmt::format(
      "{{\"input\":{},\"output\":{},\"verdict\":\"{}\",\"summary\":{},\"answers\":{},"
      "\"explained\":{},\"findings\":{},\"hints\":{},\"notes\":{},\"events\":[{}]}}",
      json_string(judged.scenario), json_string(judged.file), to_string(judged.ruling),
      json_string(judged.verdict.summary), judged.verdict.answers, judged.verdict.explained,
      json_array(judged.verdict.findings), json_array(judged.verdict.hints),
      json_array(judged.notes), events);
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string out = "\"";
  for (const char c : text) {
    out += c == '"' ? "\"\"" : std::string(1, c);
  }
  return out + "\"";
}

std::string in_columns(const std::vector<std::vector<std::string>>& lines) {
  std::vector<std::size_t> widths;
  for (const auto& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], line[i].size());
    }
  }
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      text += fmt::format("{}{:<{}}", i == 0 ? "" : "  ", line[i], widths[i]);
    }
    out += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string events_as_table(const Judged& judged) {
  std::vector<std::vector<std::string>> lines = {
      {"", "customer", "event", "request", "actual", "expected", "points"}};
  for (const JudgedEvent& event : judged.verdict.events) {
    lines.push_back({"", fmt::to_string(event.customer.value), fmt::to_string(event.event),
                     event.request, event.actual.empty() ? "-" : event.actual,
                     event.expected.empty() ? kSeveral : event.expected, event.right ? "1" : "0"});
  }
  return in_columns(lines);
}

std::string events_as_csv(const Judged& judged) {
  std::string out;
  for (const JudgedEvent& event : judged.verdict.events) {
    out += fmt::format("{},{},{},{},{},{},{}\n", csv_field(judged.file), event.customer.value,
                       event.event, csv_field(event.request), csv_field(event.actual),
                       csv_field(event.expected), event.right ? 1 : 0);
  }
  return out;
}

}  // namespace passbook
