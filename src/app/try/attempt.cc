// SPDX-License-Identifier: Apache-2.0
#include "app/try/attempt.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>

#include "app/arguments.h"
#include "app/check/output_files.h"
#include "base/plural.h"
#include "lab/scenario/scenario_writer.h"
#include "lab/trial/child.h"
#include "lab/trial/folder.h"

namespace passbook {
namespace {

namespace fs = std::filesystem;
using Error = std::unexpected<std::string>;

constexpr const char* kInput = "{input}";
constexpr const char* kOutput = "{output}";
constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 20U;  ///< of a file that is read

/// The files of one run.
struct Places {
  fs::path folder;  ///< the copy of the program's
  fs::path input;
  fs::path output;  ///< for {output}
  fs::path standard_output;
  fs::path standard_error;
  fs::path found;  ///< a folder for what may be the output
};

Places places_in(const fs::path& directory, const Program& program) {
  const fs::path folder = directory / "program";
  return {.folder = folder,
          .input = folder / (program.place.empty() ? "passbook-input.json" : program.place),
          .output = folder / "passbook-output.json",
          .standard_output = directory / "stdout",
          .standard_error = directory / "stderr",
          .found = directory / "found"};
}

/// In quotes for `sh`, where that is needed.
std::string quoted(const std::string& path) {
  const bool plain = std::ranges::all_of(path, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '/' || c == '-' || c == '_' || c == '.';
  });
  return plain ? path : fmt::format("'{}'", path);
}

std::string with_places(std::string command, const Places& places) {
  for (const auto& [mark, path] : {std::pair{std::string_view(kInput), places.input},
                                   std::pair{std::string_view(kOutput), places.output}}) {
    for (auto at = command.find(mark); at != std::string::npos; at = command.find(mark, at)) {
      const std::string text = quoted(path);
      command.replace(at, mark.size(), text);
      at += text.size();
    }
  }
  return command;
}

std::expected<void, std::string> write_file(const fs::path& path, std::string_view text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text << std::flush;
  return out ? std::expected<void, std::string>{}
             : Error(fmt::format("{}: cannot be written", path.string()));
}

/// Only of a regular file of sensible size: the program may have made a link out of its folder, or
/// a pipe.
std::string text_of(const fs::path& file) {
  std::error_code error;
  const bool sensible = fs::is_regular_file(fs::symlink_status(file, error)) &&
                        fs::file_size(file, error) <= kMostBytes && !error;
  return sensible ? read_text(file).value_or("") : "";
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// What the program wrote to the file that it was told, else to files with results of its own
/// choice, else to standard output.
std::string find_output(const Program& program, const Places& places) {
  if (std::string told = text_of(places.output); !is_blank(told)) {
    return told;
  }
  const std::vector<std::string> known{places.input.lexically_relative(places.folder),
                                       places.output.lexically_relative(places.folder)};
  for (const trial::WrittenFile& file :
       trial::written_files(program.folder, places.folder, known, kMostBytes)) {
    (void)write_file(places.found / file.path, file.content);
  }
  std::error_code error;
  if (fs::is_directory(places.found, error)) {
    std::string out;
    if (const auto files = find_outputs({places.found}, "")) {
      for (const std::string& file : files->files) {
        out += text_of(file) + "\n";
      }
    }
    if (!is_blank(out)) {
      return out;
    }
  }
  return text_of(places.standard_output);
}

/// The last lines that are not blank.
std::string last_lines(const std::string& text, std::size_t lines) {
  std::size_t begin = text.find_last_not_of(" \t\r\n");
  if (begin == std::string::npos) {
    return "";
  }
  const std::size_t end = begin + 1;
  for (; lines > 0 && begin != std::string::npos; --lines) {
    begin = begin == 0 ? std::string::npos : text.rfind('\n', begin - 1);
  }
  const std::size_t first = begin == std::string::npos ? 0 : begin + 1;
  return text.substr(first, end - first);
}

std::string last_line(const std::string& text) { return last_lines(text, 1); }

/// "3 processes: python3 (2), sh"
std::string describe_processes(const std::vector<std::string>& names) {
  std::map<std::string, std::size_t> counts;
  for (const std::string& name : names) {
    ++counts[name];
  }
  std::string list;
  for (const auto& [name, count] : counts) {
    list += fmt::format("{}{}{}", list.empty() ? "" : ", ", name,
                        count == 1 ? "" : fmt::format(" ({})", count));
  }
  return fmt::format("{} {}: {}", names.size(), names.size() == 1 ? "process" : "processes", list);
}

void add_end(const trial::GuardReport& report, const std::string& error_text, Attempt& out) {
  const trial::Ending& ending = report.ending;
  const bool by_itself = ending.kind == trial::Ending::Kind::exited ||
                         ending.kind == trial::Ending::Kind::server_ended;
  if (ending.kind != trial::Ending::Kind::exited || ending.code != 0) {
    const std::string said = by_itself ? last_line(error_text) : "";
    out.faults.push_back(
        {FaultKind::ended, said.empty() ? describe(ending) : describe(ending) + ": " + said});
  }
}

void add_left_behind(const trial::GuardReport& report, Attempt& out) {
  if (!report.orphans.empty()) {
    out.faults.push_back(
        {FaultKind::left_behind, "left " + describe_processes(report.orphans) + " running"});
  } else if (!report.ports.empty()) {
    out.faults.push_back({FaultKind::left_behind,
                          fmt::format("left {} open: {}", plural(report.ports.size(), "port"),
                                      fmt::join(report.ports, ", "))});
  }
}

void add_verdict(Judged judged, Attempt& out) {
  switch (judged.ruling) {
    case Ruling::right:
      break;
    case Ruling::undecided:
      out.undecided = true;
      break;
    case Ruling::wrong:
      out.faults.push_back(
          {judged.verdict.hints.empty() ? FaultKind::wrong : FaultKind::other_schedule,
           first_finding(judged)});
      break;
    case Ruling::unreadable:
      out.faults.push_back({FaultKind::unreadable, judged.verdict.summary});
      break;
  }
  out.judged = std::move(judged);
}

Choices choose_for(const TryCase& on, const JudgeArguments& judge) {
  return {on.name,
          {on.scenario, {}, {}},
          {.schedule = judge.schedule.value_or(default_schedule(on.scenario.dialect)),
           .guarantees = judge.guarantees,
           .model = RunModel::replicated},
          judge.budget};
}

/// What came of a run that has ended.
Attempt gather(const Program& program, const Choices& choices, const Places& places,
               const trial::GuardReport& report) {
  Attempt out;
  out.took = report.took;
  const std::string error_text = text_of(places.standard_error);
  constexpr std::size_t kTail = 5;
  out.error_tail = last_lines(error_text, kTail);
  add_end(report, error_text, out);
  if (report.ending.kind == trial::Ending::Kind::exited) {
    out.output = find_output(program, places);
    if (!is_blank(out.output)) {
      add_verdict(judge_text(out.output, "output", choices), out);
    } else if (!out.failed()) {
      out.faults.push_back({FaultKind::no_output, "wrote no output"});
    }
  }
  add_left_behind(report, out);
  return out;
}

std::string this_program() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error);
}

}  // namespace

std::string_view verdict_of(const Attempt& attempt) {
  if (attempt.faults.empty()) {
    return attempt.undecided ? "undecided" : "right";
  }
  switch (attempt.faults.front().kind) {
    case FaultKind::ended:
      return "failed";
    case FaultKind::no_output:
      return "no output";
    case FaultKind::unreadable:
      return "unreadable";
    case FaultKind::wrong:
    case FaultKind::other_schedule:
      return "wrong";
    case FaultKind::left_behind:
      return "left behind";
  }
  return "";
}

std::expected<Attempt, std::string> Attempts::run(const Program& program, const TryCase& on) {
  const fs::path directory = fs::path(directory_) / std::to_string(++runs_);
  const Places places = places_in(directory, program);
  {
    const std::shared_lock lock(files_);
    if (const auto copied = trial::copy_folder(program.folder, places.folder); !copied) {
      return Error(copied.error());
    }
    if (const auto written = write_file(places.input, write_scenario(on.scenario)); !written) {
      return Error(written.error());
    }
  }
  const trial::GuardOrders orders{.serve = with_places(program.serve, places),
                                  .run = with_places(program.run, places),
                                  .ports = on.scenario.branches.size(),
                                  .limits = program.limits,
                                  .slow = program.slow,
                                  .network = program.isolation == trial::Isolation::unshare};
  std::vector<std::string> command{this_program(), "guard"};
  std::ranges::move(trial::as_arguments(orders), std::back_inserter(command));
  const auto reported =
      trial::run_with_report(trial::isolated(program.isolation, places.folder, command),
                             {places.folder, places.standard_output, places.standard_error});
  if (!reported) {
    return Error(reported.error());
  }
  const std::shared_lock lock(files_);
  Attempt out = gather(program, choose_for(on, judge_), places, trial::read_report(*reported));
  std::error_code error;
  fs::remove_all(directory, error);
  return out;
}

}  // namespace passbook
