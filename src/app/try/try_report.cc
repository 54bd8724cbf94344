// SPDX-License-Identifier: Apache-2.0
#include "app/try/try_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "app/arguments.h"
#include "app/check/verdict_text.h"
#include "base/plural.h"
#include "lab/scenario/json_tree.h"
#include "lab/scenario/scenario_writer.h"
#include "rpc/clock.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

double seconds_of(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::optional<double> number_of(const JsonValue& value) {
  const auto* number = value.as<JsonNumber>();
  double out = 0;
  if (number == nullptr ||
      std::from_chars(number->text.data(), number->text.data() + number->text.size(), out).ec !=
          std::errc{}) {
    return std::nullopt;
  }
  return out;
}

std::string text_in(const JsonObject& object, std::string_view key) {
  const JsonMember* member = object.find(key);
  const auto* text = member == nullptr ? nullptr : member->value.as<std::string>();
  return text == nullptr ? "" : *text;
}

std::string indented(const std::string& text) {
  std::string out;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out += "  " + text.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return out;
}

/// "fails in 3 of 3 runs"
std::string how_often(const Repeats& repeats) {
  return fmt::format("fails in {} of {}", repeats.failures,
                     plural(static_cast<std::size_t>(repeats.runs), "run"));
}

}  // namespace

TryResult result_of(const std::string& program, const TryCase& on, const Attempt& attempt) {
  TryResult out{.program = program,
                .on = on.name,
                .result = std::string(verdict_of(attempt)),
                .seconds = seconds_of(attempt.took),
                .faults = {}};
  for (const Fault& fault : attempt.faults) {
    out.faults.push_back(fault.what);
  }
  return out;
}

std::string as_json(const TryResult& result) {
  return fmt::format(
      "{{\"program\":{},\"case\":{},\"result\":{},\"seconds\":{:.3f},\"faults\":{}}}",
      json_string(result.program), json_string(result.on), json_string(result.result),
      result.seconds, json_array(result.faults));
}

std::optional<TryResult> read_result(std::string_view line) {
  const auto tree = parse_json(line);
  const auto* object = tree ? tree->root.as<JsonObject>() : nullptr;
  if (object == nullptr || object->find("case") == nullptr || object->find("result") == nullptr) {
    return std::nullopt;
  }
  TryResult out{.program = text_in(*object, "program"),
                .on = text_in(*object, "case"),
                .result = text_in(*object, "result"),
                .seconds = 0,
                .faults = {}};
  if (const JsonMember* seconds = object->find("seconds")) {
    out.seconds = number_of(seconds->value).value_or(0);
  }
  if (const JsonMember* faults = object->find("faults")) {
    if (const auto* list = faults->value.as<JsonArray>()) {
      for (const JsonValue& item : list->items) {
        if (const auto* text = item.as<std::string>()) {
          out.faults.push_back(*text);
        }
      }
    }
  }
  return out;
}

std::string as_line(const TryResult& result, std::size_t program_width, std::size_t case_width) {
  const std::string who =
      program_width == 0 ? "" : fmt::format("{:<{}}  ", result.program, program_width);
  const std::string line =
      fmt::format("{}{:<{}}  {:<11}  {:>5.1f} s  {}", who, result.on, case_width, result.result,
                  result.seconds, fmt::join(result.faults, "; "));
  return line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
}

std::string as_csv(const TryResult& result) {
  return fmt::format("{},{},{},{:.3f},{}\n", csv_field(result.program), csv_field(result.on),
                     csv_field(result.result), result.seconds,
                     csv_field(result.faults.empty() ? "" : result.faults.front()));
}

std::expected<Points, std::string> read_points(const std::string& file) {
  const auto text = read_text(file);
  if (!text) {
    return Error(text.error());
  }
  const auto tree = parse_json(*text);
  if (!tree) {
    return Error(fmt::format("{}: {}", file, tree.error().message));
  }
  const auto* object = tree->root.as<JsonObject>();
  if (object == nullptr) {
    return Error(fmt::format("{}: must be an object like {{\"sample\": 10}}", file));
  }
  Points out;
  for (const JsonMember& member : object->members) {
    const auto points = number_of(member.value);
    if (!points || *points < 0) {
      return Error(fmt::format("{}: the points of {} must be a number from 0 on", file,
                               json_string(member.key)));
    }
    out[member.key] = *points;
  }
  return out;
}

const TryResult* find_result(const std::vector<TryResult>& results, const std::string& program,
                             const std::string& on) {
  for (const TryResult& result : results) {
    if (result.program == program && result.on == on) {
      return &result;
    }
  }
  return nullptr;
}

Score score_of(const std::vector<TryResult>& results, const std::string& program,
               const std::vector<std::string>& cases, const Points& points) {
  Score out;
  for (const std::string& on : cases) {
    const auto worth = points.find(on);
    const double most = worth == points.end() ? 1 : worth->second;
    const TryResult* result = find_result(results, program, on);
    out.most += most;
    out.points += result != nullptr && result->result == "right" ? most : 0;
  }
  return out;
}

std::string results_table(const std::vector<TryResult>& results,
                          const std::vector<std::string>& cases, const Points& points) {
  std::set<std::string> programs;
  for (const TryResult& result : results) {
    programs.insert(result.program);
  }
  std::vector<std::vector<std::string>> lines(1, {"program"});
  lines[0].insert(lines[0].end(), cases.begin(), cases.end());
  lines[0].emplace_back("points");
  for (const std::string& program : programs) {
    lines.push_back({program});
    for (const std::string& on : cases) {
      const TryResult* result = find_result(results, program, on);
      lines.back().push_back(result == nullptr ? "-" : result->result);
    }
    const Score score = score_of(results, program, cases, points);
    lines.back().push_back(fmt::format("{:g}/{:g}", score.points, score.most));
  }
  return in_columns(lines);
}

std::string as_text(const Found& found) {
  const TryCase& on = found.smallest;
  std::string out = fmt::format("{}, made smaller, {}:\n{}", on.name, how_often(found.repeats),
                                indented(write_scenario(on.scenario)));
  const Attempt& attempt = *found.repeats.failure;
  for (const Fault& fault : attempt.faults) {
    out += fmt::format("  {}\n", fault.what);
  }
  if (!on.wants.empty()) {
    out += fmt::format("  wanted: {}\n", on.wants);
  }
  if (attempt.judged && attempt.judged->ruling == Ruling::wrong) {
    out += indented(events_as_table(*attempt.judged));
  } else if (!attempt.error_tail.empty()) {
    out += "  standard error ends with\n" + indented(indented(attempt.error_tail));
  }
  return out;
}

std::string as_json(const Found& found) {
  const Attempt& attempt = *found.repeats.failure;
  std::vector<std::string> faults;
  for (const Fault& fault : attempt.faults) {
    faults.push_back(fault.what);
  }
  std::string scenario = write_scenario(found.smallest.scenario);
  std::erase(scenario, '\n');
  return fmt::format(
      "{{\"smallest\":{{\"case\":{},\"events\":{},\"branches\":{},\"failures\":{},\"runs\":{},"
      "\"scenario\":{},\"faults\":{},\"wanted\":{},\"output\":{}}}}}",
      json_string(found.smallest.name), count_events(found.smallest.scenario),
      found.smallest.scenario.branches.size(), found.repeats.failures, found.repeats.runs, scenario,
      json_array(faults), json_string(found.smallest.wants), json_string(attempt.output));
}

}  // namespace passbook
