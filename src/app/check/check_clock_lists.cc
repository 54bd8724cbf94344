// SPDX-License-Identifier: Apache-2.0
#include "app/check/check_clock_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "app/check/findings.h"
#include "app/check/output_files.h"
#include "app/print.h"
#include "base/plural.h"
#include "lab/scenario/clock_lists_check.h"
#include "lab/scenario/json_tree.h"
#include "lab/scenario/sequential_check.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

/// The lists of one run, which are judged together.
struct Run {
  std::string name;  ///< of the run, or of its only file
  std::vector<std::string> files;
};

bool is_json(const std::string& file) { return std::filesystem::path(file).extension() == ".json"; }

/// Whether to judge a file that nobody named. Scenarios and results have no clocks.
bool may_be_clock_list(const std::string& file) {
  const auto text = read_text(file);
  return !text || text->contains("clock");
}

/// The files that were named, and those directly in folders that were named, are of one run. Each
/// folder within holds a run of its own, of a student for example.
std::expected<std::vector<Run>, std::string> find_runs(const std::vector<std::string>& paths) {
  std::vector<Run> out(1);
  std::map<std::string, Run> within;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      out.front().files.push_back(path);
      continue;
    }
    const auto files = files_within(path);
    if (!files) {
      return Error(files.error());
    }
    bool any = false;
    for (const std::string& file : *files) {
      const std::filesystem::path parent = std::filesystem::path(file).parent_path();
      const bool direct = std::filesystem::equivalent(parent, path, error);
      if (!is_json(file) || (!direct && !may_be_clock_list(file))) {
        continue;
      }
      any = true;
      Run& run = direct ? out.front() : within[parent.string()];
      run.name = parent.string();
      run.files.push_back(file);
    }
    if (!any) {
      return Error(fmt::format("{}: there is no .json file with lists of clocks", path));
    }
  }
  for (auto& [folder, run] : within) {
    out.push_back(std::move(run));
  }
  if (out.front().files.empty()) {
    out.erase(out.begin());
  } else {
    const std::vector<std::string>& files = out.front().files;
    out.front().name = files.size() == 1 ? files.front() : fmt::format("{} files", files.size());
  }
  return out;
}

std::expected<std::vector<ClockFile>, std::string> read_files(
    const std::vector<std::string>& files) {
  std::vector<ClockFile> out;
  for (const std::string& file : files) {
    auto text = read_text(file);
    if (!text) {
      return Error(text.error());
    }
    out.push_back({file, std::move(*text)});
  }
  return out;
}

struct ClockVerdict {
  std::string summary;
  std::vector<std::string> findings;  ///< one line each
  std::vector<std::string> notes;
};

/// "a, b and c"
std::string join(const std::vector<std::string>& items) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) {
      out += i + 1 == items.size() ? " and " : ", ";
    }
    out += items[i];
  }
  return out;
}

/// "6 events by customer and 30 events by branch"
std::string counts(const ReadClockLists& read) {
  std::vector<std::string> parts;
  const auto add = [&](const auto& list, const char* noun) {
    if (list) {
      parts.push_back(fmt::format("{} {}", plural(list->size(), "event"), noun));
    }
  };
  add(read.lists.by_customer, "by customer");
  add(read.lists.by_branch, "by branch");
  add(read.lists.all, "in the list of all");
  add(read.steps.by_branch, "by branch");
  add(read.steps.by_request, "by request");
  return join(parts);
}

std::expected<ClockVerdict, std::string> judge(const Run& run, const clocks::Plan* plan) {
  const auto files = read_files(run.files);
  if (!files) {
    return Error(files.error());
  }
  const auto read = read_clock_lists(*files);
  if (!read) {
    return Error(describe(read.error()));
  }
  ClockVerdict out{
      .summary = {}, .findings = judge_clock_lists(*read, run.name, plan), .notes = read->notes};
  out.summary = out.findings.empty()
                    ? fmt::format("{}: right: {}", run.name, counts(*read))
                    : fmt::format("{}: wrong: {} among {}", run.name,
                                  plural(out.findings.size(), "finding"), counts(*read));
  return out;
}

int print(const ClockVerdict& verdict, const std::vector<std::string>& paths,
          const ClockListArguments& arguments, Format format) {
  const bool right = verdict.findings.empty();
  if (format == Format::table) {
    for (const std::string& note : verdict.notes) {
      put(stderr, "passbook: note: {}\n", note);
    }
    put("{}\n", verdict.summary);
    print_findings(verdict.findings, arguments.all);
  } else {
    put("{{\"clock_lists\":{},\"input\":{},\"verdict\":\"{}\",\"summary\":{},\"findings\":{},"
        "\"notes\":{}}}\n",
        json_array(paths), arguments.scenario.empty() ? "null" : json_string(arguments.scenario),
        right ? "right" : "wrong", json_string(verdict.summary), json_array(verdict.findings),
        json_array(verdict.notes));
  }
  return right ? kDone : kFailed;
}

}  // namespace

int check_clock_lists(const ClockListArguments& arguments, Format format) {
  std::optional<clocks::Plan> plan;
  if (!arguments.scenario.empty()) {
    const auto scenario = read_scenario_file(arguments.scenario, arguments.lenient);
    if (!scenario) {
      return complain(scenario.error(), kBadUsage);
    }
    plan = clock_plan(scenario->scenario);
  }
  const auto runs = find_runs(arguments.paths);
  if (!runs) {
    return complain(runs.error(), kBadUsage);
  }
  int worst = kDone;
  for (const Run& run : *runs) {
    const auto verdict = judge(run, plan ? &*plan : nullptr);
    const auto& paths = runs->size() == 1 ? arguments.paths : run.files;
    worst = std::max(worst, verdict ? print(*verdict, paths, arguments, format)
                                    : complain(verdict.error(), kBadUsage));
  }
  return worst;
}

}  // namespace passbook
