// SPDX-License-Identifier: Apache-2.0
#include "app/check/check_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "app/arguments.h"
#include "lab/scenario/json_tree.h"
#include "rpc/clock.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

// An attempt goes to the end when it is lucky: each answer then has looked at all others.
constexpr std::uint64_t kLeastSteps = 200'000;
constexpr std::uint64_t kStepsEach = 120;
constexpr std::uint64_t kStepsToExplain = 50'000;

/// From the best to the worst.
enum class Ruling : std::uint8_t { right, undecided, wrong, unreadable };
constexpr std::array kRulings = {Ruling::right, Ruling::wrong, Ruling::unreadable,
                                 Ruling::undecided};

std::string_view to_string(Ruling ruling) {
  switch (ruling) {
    case Ruling::right:
      return "right";
    case Ruling::undecided:
      return "undecided";
    case Ruling::wrong:
      return "wrong";
    case Ruling::unreadable:
      return "unreadable";
  }
  return "";
}

int status_of(Ruling ruling) {
  switch (ruling) {
    case Ruling::right:
      return kDone;
    case Ruling::undecided:
      return kUndecided;
    case Ruling::wrong:
      return kFailed;
    case Ruling::unreadable:
      return kBadUsage;
  }
  return kBadUsage;
}

/// A file and what was found.
struct Judged {
  std::string file;
  Ruling ruling = Ruling::unreadable;
  Verdict verdict;
  std::vector<std::string> notes;
};

/// What the words mean.
struct Choices {
  ReadScenario input;
  CheckChoices check;
  Duration budget{};
};

std::expected<Choices, std::string> choose(const OutputWords& words) {
  const auto schedule = parse_schedule(words.schedule);
  const auto guarantees = parse_consistency(words.consistency);
  const auto budget = parse_duration("--budget", words.budget);
  for (const std::string& error :
       {schedule ? "" : schedule.error(), guarantees ? "" : guarantees.error(),
        budget ? "" : budget.error()}) {
    if (!error.empty()) {
      return Error(error);
    }
  }
  if (words.model != "session" && words.model != "sequential") {
    return Error(fmt::format("--model takes session or sequential, not \"{}\"", words.model));
  }
  auto input = read_scenario_file(words.input, words.lenient);
  if (!input) {
    return Error(input.error());
  }
  const CheckChoices check{
      .schedule = schedule->value_or(natural_schedule(input->scenario.dialect)),
      .guarantees = *guarantees,
      .model = words.model == "sequential" ? RunModel::serial : RunModel::replicated};
  return Choices{std::move(*input), check, *budget};
}

/// The lengths of attempts: 1, 1, 2, 1, 1, 2, 4, ... (Luby, Sinclair, Zuckerman: "Optimal speedup
/// of Las Vegas algorithms", 1993). Most are short, since what an attempt tries first decides
/// whether it is lucky; and each length comes again and again.
std::uint64_t luby(std::uint64_t attempt) {
  std::uint64_t whole = 1;
  while (whole < attempt + 1) {
    whole = 2 * whole + 1;
  }
  while (whole != attempt + 1) {
    whole /= 2;
    attempt %= whole;
    while (whole / 2 >= attempt + 1) {
      whole /= 2;
    }
  }
  return (whole + 1) / 2;
}

/// Attempts as long as there is time.
void decide(OutputCheck& check, std::size_t answers, Duration budget) {
  const Instant end = real_now() + budget;
  const std::uint64_t unit = kLeastSteps + kStepsEach * answers * answers;
  for (std::uint64_t attempt = 0; !check.decide(unit * luby(attempt)); ++attempt) {
    if (real_now() >= end) {
      return;
    }
  }
}

std::size_t count_events(const Scenario& scenario) {
  std::size_t count = 0;
  for (const Listing& listing : scenario.listings) {
    count += listing.events.size();
  }
  return count;
}

Judged judge_file(const std::string& file, const Choices& choices) {
  Judged out{file, Ruling::unreadable, {}, {}};
  const auto unreadable = [&](const std::string& why) {
    out.verdict.summary = why;
    out.verdict.findings = {why};
    return out;
  };
  const auto text = read_file(file);
  if (!text) {
    return unreadable(text.error());
  }
  const Scenario& scenario = choices.input.scenario;
  const auto results = read_results(*text, file, scenario);
  if (!results) {
    return unreadable(describe(results.error()));
  }
  OutputCheck check(scenario, *results, choices.check);
  decide(check, count_events(scenario), choices.budget);
  out.verdict = check.verdict(kStepsToExplain);
  out.notes = results->notes;
  const Ruling not_right = out.verdict.undecided ? Ruling::undecided : Ruling::wrong;
  out.ruling = out.verdict.right ? Ruling::right : not_right;
  return out;
}

/// Each directory is replaced by the files in it, in the order of their names.
std::expected<std::vector<std::string>, std::string> all_files(
    const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    auto inside = list_directory(path);
    if (!inside) {
      return Error(inside.error());
    }
    std::erase_if(*inside, [](const std::filesystem::path& file) {
      std::error_code ignored;
      return file.filename().string().starts_with('.') ||
             !std::filesystem::is_regular_file(file, ignored);
    });
    if (inside->empty()) {
      return Error(fmt::format("{}: there are no files", path));
    }
    files.insert(files.end(), inside->begin(), inside->end());
  }
  return files;
}

std::string json_array(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) {
    out += (out.empty() ? "" : ",") + json_string(text);
  }
  return "[" + out + "]";
}

std::string as_json(const std::string& input, const Judged& judged) {
  return fmt::format(
      "{{\"input\":{},\"output\":{},\"verdict\":\"{}\",\"summary\":{},\"answers\":{},"
      "\"explained\":{},\"findings\":{},\"notes\":{}}}",
      json_string(input), json_string(judged.file), to_string(judged.ruling),
      json_string(judged.verdict.summary), judged.verdict.answers, judged.verdict.explained,
      json_array(judged.verdict.findings), json_array(judged.notes));
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

std::string first_finding(const Judged& judged) {
  return judged.verdict.findings.empty() ? "" : judged.verdict.findings.front();
}

int print_one(const OutputWords& words, const Judged& judged) {
  if (words.format != "table") {
    fmt::print("{}\n", as_json(words.input, judged));
    return status_of(judged.ruling);
  }
  for (const std::string& note : judged.notes) {
    fmt::print(stderr, "passbook: {}\n", note);
  }
  if (judged.ruling == Ruling::unreadable) {
    return complain(judged.verdict.summary, kBadUsage);
  }
  fmt::print("{}\n", judged.verdict.summary);
  for (const std::string& finding : judged.verdict.findings) {
    fmt::print("  {}\n", finding);
  }
  return status_of(judged.ruling);
}

/// How many files there are of each ruling.
class Totals {
 public:
  void add(Ruling ruling) {
    ++files_;
    ++counts_[static_cast<std::size_t>(ruling)];
    worst_ = std::max(worst_, ruling);
  }

  Ruling worst() const { return worst_; }

  std::string in_words() const {
    std::string out = fmt::format("{} file{}:", files_, files_ == 1 ? "" : "s");
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

void print_line(const OutputWords& words, const Judged& judged, std::size_t width, bool first) {
  if (words.format == "csv") {
    fmt::print("{},{},{},{},{}\n", csv_field(judged.file), to_string(judged.ruling),
               judged.verdict.explained, judged.verdict.answers, csv_field(first_finding(judged)));
  } else if (words.format == "table") {
    const std::string line = fmt::format("{:<{}}  {:<10}  {:>4} of {:<4}  {}", judged.file, width,
                                         to_string(judged.ruling), judged.verdict.explained,
                                         judged.verdict.answers, first_finding(judged));
    fmt::print("{}\n", line.substr(0, line.find_last_not_of(' ') + 1));
  } else {
    fmt::print("{}{}{}", words.format == "json" && !first ? ",\n " : "",
               as_json(words.input, judged), words.format == "jsonl" ? "\n" : "");
  }
}

int print_many(const OutputWords& words, const Choices& choices,
               const std::vector<std::string>& files) {
  std::size_t width = 0;
  for (const std::string& file : files) {
    width = std::max(width, file.size());
  }
  if (words.format == "csv") {
    fmt::print("file,verdict,explained,answers,first_finding\n");
  } else if (words.format == "json") {
    fmt::print("{{\"files\":[");
  }
  Totals totals;
  for (const std::string& file : files) {
    const Judged judged = judge_file(file, choices);
    print_line(words, judged, width, file == files.front());
    std::fflush(stdout);
    totals.add(judged.ruling);
  }
  if (words.format == "table") {
    fmt::print("{}\n", totals.in_words());
  } else if (words.format == "json") {
    fmt::print("],\n \"totals\":{}}}\n", totals.as_json());
  } else if (words.format == "jsonl") {
    fmt::print("{{\"totals\":{}}}\n", totals.as_json());
  }
  return status_of(totals.worst());
}

}  // namespace

int check_outputs(const OutputWords& words) {
  const auto choices = choose(words);
  if (!choices) {
    return complain(choices.error(), kBadUsage);
  }
  const auto files = all_files(words.outputs);
  if (!files) {
    return complain(files.error(), kBadUsage);
  }
  const bool one = words.outputs.size() == 1 && *files == words.outputs;
  return one && words.format != "csv" ? print_one(words, judge_file(files->front(), *choices))
                                      : print_many(words, *choices, *files);
}

}  // namespace passbook
