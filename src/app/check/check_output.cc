// SPDX-License-Identifier: Apache-2.0
#include "app/check/check_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/arguments.h"
#include "app/check/check_matrix.h"
#include "app/check/findings.h"
#include "app/check/judge_output.h"
#include "app/check/output_files.h"
#include "app/check/verdict_text.h"
#include "app/print.h"
#include "base/plural.h"

namespace passbook {
namespace {

int print_one(const OutputArguments& arguments, const Judged& judged) {
  if (arguments.format != "table") {
    put("{}\n", as_json(judged));
    return status_of(judged.ruling);
  }
  for (const std::string& note : judged.notes) {
    put(stderr, "passbook: {}\n", note);
  }
  if (judged.ruling == Ruling::unreadable) {
    return complain(judged.verdict.summary, kBadUsage);
  }
  put("{}\n", judged.verdict.summary);
  print_findings(judged.verdict.findings, arguments.all);
  for (const std::string& hint : judged.verdict.hints) {
    put("  {}\n", hint);
  }
  if (arguments.points) {
    put("{}", events_as_table(judged));
  }
  return status_of(judged.ruling);
}

/// Counts the files by ruling.
class Totals {
 public:
  void add(Ruling ruling) {
    ++files_;
    ++counts_[static_cast<std::size_t>(ruling)];
    worst_ = std::max(worst_, ruling);
  }

  Ruling worst() const { return worst_; }

  std::string to_text() const {
    std::string out = plural(files_, "file") + ":";
    for (const Ruling ruling : kRulings) {
      out += fmt::format("{} {} {}", ruling == kRulings.front() ? "" : ",", count(ruling),
                         to_string(ruling));
    }
    return out;
  }

  std::string as_json() const {
    std::string out = fmt::format("{{\"files\":{}", files_);
    for (const Ruling ruling : kRulings) {
      out += fmt::format(",\"{}\":{}", to_string(ruling), count(ruling));
    }
    return out + "}";
  }

 private:
  std::size_t count(Ruling ruling) const { return counts_[static_cast<std::size_t>(ruling)]; }

  std::size_t files_ = 0;
  std::array<std::size_t, kRulings.size()> counts_{};
  Ruling worst_ = Ruling::right;
};

void print_line(const OutputArguments& arguments, const Judged& judged, std::size_t width,
                bool first) {
  if (arguments.format == "csv" && arguments.points) {
    put("{}", events_as_csv(judged));
  } else if (arguments.format == "csv") {
    put("{},{},{},{},{}\n", csv_field(judged.file), to_string(judged.ruling),
        judged.verdict.explained, judged.verdict.answers, csv_field(first_finding(judged)));
  } else if (arguments.format == "table") {
    const std::string line = fmt::format("{:<{}}  {:<10}  {:>4} of {:<4}  {}", judged.file, width,
                                         to_string(judged.ruling), judged.verdict.explained,
                                         judged.verdict.answers, first_finding(judged));
    put("{}\n", line.substr(0, line.find_last_not_of(' ') + 1));
    put("{}", arguments.points ? events_as_table(judged) : "");
  } else {
    put("{}{}{}", arguments.format == "json" && !first ? ",\n " : "", as_json(judged),
        arguments.format == "jsonl" ? "\n" : "");
  }
}

int print_many(const OutputArguments& arguments, const Choices& choices,
               const std::vector<std::string>& files) {
  std::size_t width = 0;
  for (const std::string& file : files) {
    width = std::max(width, file.size());
  }
  if (arguments.format == "csv") {
    put("{}", arguments.points ? kEventsHeader : "file,verdict,explained,answers,first_finding\n");
  } else if (arguments.format == "json") {
    put("{{\"files\":[");
  }
  Totals totals;
  for (const std::string& file : files) {
    const Judged judged = judge_file(file, choices);
    print_line(arguments, judged, width, file == files.front());
    std::fflush(stdout);
    totals.add(judged.ruling);
  }
  if (arguments.format == "table") {
    put("{}\n", totals.to_text());
  } else if (arguments.format == "json") {
    put("],\n \"totals\":{}}}\n", totals.as_json());
  } else if (arguments.format == "jsonl") {
    put("{{\"totals\":{}}}\n", totals.as_json());
  }
  return status_of(totals.worst());
}

}  // namespace

int check_outputs(const OutputArguments& arguments) {
  std::vector<Choices> choices;
  for (const std::string& input : arguments.inputs) {
    auto chosen = choose(arguments, input);
    if (!chosen) {
      return complain(chosen.error(), kBadUsage);
    }
    choices.push_back(std::move(*chosen));
  }
  const auto files = find_outputs(arguments.outputs, arguments.pattern);
  if (!files) {
    return complain(files.error(), kBadUsage);
  }
  if (!files->ignored.empty()) {
    put(stderr, "passbook: {}\n", describe_ignored(files->ignored));
  }
  if (choices.size() > 1) {
    return check_matrix(arguments, choices, *files);
  }
  const bool one = arguments.outputs.size() == 1 && files->files == arguments.outputs;
  return one && arguments.format != "csv"
             ? print_one(arguments, judge_file(files->files.front(), choices.front()))
             : print_many(arguments, choices.front(), files->files);
}

}  // namespace passbook
