// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <sstream>

#include "app/arguments.h"
#include "app/check/output_files.h"
#include "app/try/program.h"
#include "base/random.h"
#include "lab/scenario/generate.h"
#include "lab/trial/course.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> out;
  std::istringstream words(list);
  for (std::string word; std::getline(words, word, ',');) {
    out.push_back(word);
  }
  return out;
}

bool has(const std::vector<std::string>& list, const std::string& word) {
  return std::ranges::find(list, word) != list.end();
}

std::expected<Cases, std::string> built_in(const std::vector<std::string>& names,
                                           const std::vector<std::string>& dialects) {
  Cases out;
  std::vector<std::string> known;
  for (trial::CourseCase& each : trial::course_cases()) {
    known.push_back(each.name);
    if (!names.empty() && !has(names, each.name)) {
      continue;
    }
    if (names.empty() && !has(dialects, each.dialect)) {
      out.not_tried.push_back(each.name);
      continue;
    }
    out.tried.push_back({each.name, each.wants, std::move(each.scenario)});
  }
  for (const std::string& name : names) {
    if (!has(known, name)) {
      return Error(
          fmt::format("--case: there is no \"{}\"; there are {}", name, fmt::join(known, ", ")));
    }
  }
  return out;
}

std::expected<void, std::string> add_files(const std::string& path, Cases& cases) {
  std::error_code error;
  std::vector<std::string> files{path};
  if (std::filesystem::is_directory(path, error)) {
    auto within = files_within(path);
    if (!within) {
      return Error(within.error());
    }
    files = std::move(*within);
    std::erase_if(files, [](const std::string& file) { return !file.ends_with(".json"); });
    if (files.empty()) {
      return Error(fmt::format("{}: there is no .json file with a scenario", path));
    }
  }
  for (const std::string& file : files) {
    auto read = read_scenario_file(file, false);
    if (!read) {
      return Error(read.error());
    }
    cases.tried.push_back({std::filesystem::path(file).stem(), "", std::move(read->scenario)});
  }
  return {};
}

/// Many programs know only whole amounts. A factor keeps which withdrawals can succeed.
void make_amounts_whole(Scenario& scenario) {
  constexpr std::int64_t kMinorUnits = 100;
  scenario.opening = Money{scenario.opening.minor * kMinorUnits};
  for (Listing& listing : scenario.listings) {
    for (CustomerEvent& event : listing.events) {
      event.money = Money{event.money.minor * kMinorUnits};
    }
  }
}

/// Mostly small ones, with refusals in every other.
std::expected<TryCase, std::string> made_up(std::uint64_t seed, const std::string& dialect) {
  constexpr std::uint64_t kMostBranches = 6;
  constexpr std::uint64_t kMostEvents = 5;
  Random random(seed);
  GenerateOptions options{.branches = 1 + random.below(kMostBranches),
                          .customers = 0,
                          .events = 0,
                          .seed = seed,
                          .dialect = *generated_dialect_named(dialect),
                          .refusals = random.chance(1, 2)};
  options.customers = 1 + random.below(options.branches);
  options.events = options.customers * (2 + random.below(kMostEvents));
  auto scenario = generate(options);
  if (!scenario) {
    return Error(scenario.error());
  }
  make_amounts_whole(*scenario);
  return TryCase{fmt::format("{}-{}", dialect, seed), "", std::move(*scenario)};
}

}  // namespace

std::expected<Cases, std::string> find_cases(const CaseArguments& arguments) {
  const auto dialects = split(arguments.dialects);
  if (dialects.empty()) {
    return Error("--dialect needs at least one name");
  }
  for (const std::string& dialect : dialects) {
    constexpr std::array kKnown = {"spec", "money", "dest", "branch"};
    if (std::ranges::find(kKnown, dialect) == kKnown.end()) {
      return Error(
          fmt::format("--dialect takes spec, money, dest and branch, not \"{}\"", dialect));
    }
  }
  Cases out;
  for (const std::string& path : arguments.scenarios) {
    if (const auto added = add_files(path, out); !added) {
      return Error(added.error());
    }
  }
  for (std::uint64_t i = 0; i < arguments.generate; ++i) {
    auto made = made_up(arguments.seed + i, dialects[i % dialects.size()]);
    if (!made) {
      return Error(made.error());
    }
    out.tried.push_back(std::move(*made));
  }
  if (out.tried.empty() || !arguments.names.empty()) {
    auto course = built_in(arguments.names, dialects);
    if (!course) {
      return Error(course.error());
    }
    std::ranges::move(course->tried, std::back_inserter(out.tried));
    out.not_tried = std::move(course->not_tried);
  }
  return out;
}

}  // namespace passbook
