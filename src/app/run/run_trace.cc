// SPDX-License-Identifier: Apache-2.0
#include "app/run/run_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "app/command_line.h"
#include "lab/trace/order.h"
#include "lab/trace/trace_file.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

const std::vector<std::string> kListFiles{"customers.json", "branches.json", "events.json"};

/// The client that asks for the final balances. It is not part of the scenario.
constexpr trace::Process kAuditor = trace::process_of(CustomerId{});

std::vector<trace::Process> processes_of(const Scenario& scenario) {
  std::vector<trace::Process> out;
  for (const ScenarioBranch& branch : scenario.branches) {
    out.push_back(trace::process_of(branch.id));
  }
  for (const Listing& listing : scenario.listings) {
    out.push_back(trace::process_of(listing.customer));
  }
  return out;
}

/// The trace without the auditor's requests.
std::expected<trace::Trace, std::string> read_scenarios_part(
    std::span<const trace::TraceText> texts, const Scenario& scenario) {
  auto lines = trace::read_lines(texts);
  if (!lines) {
    return Error(lines.error());
  }
  std::erase_if(lines->events, [](const trace::Event& event) {
    return event.process == kAuditor || event.peer == kAuditor;
  });
  return trace::in_causal_order(processes_of(scenario), std::move(lines->accounts), lines->events);
}

std::expected<void, std::string> write_whole(const std::string& path, std::string_view content) {
  auto file = ResultFile::prepare(path);
  return file ? file->commit(content) : Error(file.error());
}

}  // namespace

void add_trace_options(CLI::App& command, TraceArguments& arguments) {
  add_value(command, "--trace FILE", arguments.file,
            "record the events of every process, with clocks, for passbook trace");
  auto* lists = add_value(command, "--clock-lists DIR", arguments.lists,
                          "write customers.json, branches.json and events.json there, with "
                          "Lamport clocks");
  add_value(command, "--spelling WORD", arguments.spelling,
            "in those lists: propogate or propagate")
      ->check(one_of({"propogate", "propagate"}))
      ->needs(lists);
}

std::expected<std::optional<RunTrace>, std::string> RunTrace::prepare(
    const TraceArguments& arguments) {
  if (!arguments.file && !arguments.lists) {
    return std::nullopt;
  }
  auto directory = TemporaryDirectory::make();
  if (!directory) {
    return Error(directory.error());
  }
  RunTrace out(std::move(*directory));
  if (arguments.file) {
    auto file = ResultFile::prepare(*arguments.file);
    if (!file) {
      return Error(file.error());
    }
    out.file_.emplace(std::move(*file));
  }
  if (arguments.lists) {
    if (const auto prepared = prepare_directory(*arguments.lists, kListFiles); !prepared) {
      return Error(prepared.error());
    }
    out.lists_ = arguments.lists;
    out.spelling_ =
        arguments.spelling == "propagate" ? trace::Spelling::propagate : trace::Spelling::propogate;
  }
  return std::optional<RunTrace>(std::move(out));
}

std::expected<void, std::string> RunTrace::commit(const Scenario& scenario) {
  auto files = directory_.read_files();
  if (!files) {
    return Error(files.error());
  }
  std::vector<trace::TraceText> texts;
  for (auto& [name, content] : *files) {
    texts.push_back({name, std::move(content)});
  }
  const auto trace = read_scenarios_part(texts, scenario);
  if (!trace) {
    return Error(trace.error());
  }
  if (file_) {
    if (const auto written = file_->commit(trace::write_file(*trace)); !written) {
      return written;
    }
  }
  return lists_ ? write_lists(*trace, scenario) : std::expected<void, std::string>();
}

std::expected<void, std::string> RunTrace::write_lists(const trace::Trace& trace,
                                                       const Scenario& scenario) {
  const auto lists = trace::make_clock_lists(trace, listed_requests(scenario), spelling_);
  const std::array contents{lists.customers, lists.branches, lists.events};
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const std::string path = fmt::format("{}/{}", *lists_, kListFiles[i]);
    if (const auto written = write_whole(path, contents.at(i)); !written) {
      return written;
    }
  }
  return {};
}

std::vector<trace::ListedRequest> listed_requests(const Scenario& scenario) {
  const std::vector<std::uint64_t> ids = event_numbers(scenario);
  std::vector<trace::ListedRequest> out;
  std::map<CustomerId, std::uint64_t> numbers;
  for (const Listing& listing : scenario.listings) {
    for (std::size_t i = 0; i < listing.events.size(); ++i) {
      out.push_back({.customer = listing.customer,
                     .number = ++numbers[listing.customer],
                     .id = ids[out.size()]});
    }
  }
  return out;
}

}  // namespace passbook
