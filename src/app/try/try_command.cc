// SPDX-License-Identifier: Apache-2.0
// `passbook try`: runs and judges anybody's bank.
#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <thread>

#include "app/arguments.h"
#include "app/command_line.h"
#include "app/commands.h"
#include "app/print.h"
#include "app/temporary_directory.h"
#include "app/try/trials.h"

namespace passbook {
namespace {

using Error = std::unexpected<std::string>;

constexpr CommandHelp kHelp{
    .summary = "Run somebody's program on scenarios and judge it",
    .text = R"(The program reads a scenario and writes an output, as the course's bank does. Each
run gets a fresh copy of its folder and, with bwrap or unshare, a network and
processes of its own. The output is the file {output}, or else what the program
writes to files of its own choice or to standard output; it is judged as by `check`.
A scenario that fails is made smaller as long as it fails in 3 of 10 runs.

Exit status: 0 when all is right, 1 when something is not, 2 when nothing could be
tried.)",
    .examples = R"(  passbook try --dir bank/ --run 'python3 main.py -i {input} -o {output}'
  passbook try --dir bank/ --run 'python3 Main.py' --place tests/case.json
  passbook try --serve 'python3 branch.py {input}' --run 'python3 client.py {input}'
  passbook try --run './bank {input}' --generate 100 --dialect spec,dest
  passbook try --submissions class/ --run 'python3 main.py {input}' -o csv
)"};

struct Typed {
  Program program{.folder = ".", .run = {}, .serve = {}, .place = {}, .limits = {}};
  CaseArguments cases;
  JudgeArguments judge;
  std::string schedule = "auto";
  std::string consistency = "session";
  std::string timeout = "60s";
  std::string memory = "4GiB";
  std::string shrink_time = "5m";
  std::size_t jobs = 0;
  bool no_shrink = false;
  std::string submissions;
  std::string points;
  std::string results;
  std::string html;
  std::string format = "table";
};

/// Ends this process when it is asked to end, and leaves no file behind. Guards end by themselves.
class CleanEnd {
 public:
  CleanEnd(std::string directory, Attempts& attempts)
      : directory_(std::move(directory)), attempts_(attempts) {
    sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) {
      sigaddset(&signals_, signal);
    }
    sigprocmask(SIG_BLOCK, &signals_, nullptr);
    thread_ = std::thread([this] { wait(); });
  }
  ~CleanEnd() {
    pthread_kill(thread_.native_handle(), SIGUSR1);
    thread_.join();
  }
  CleanEnd(const CleanEnd&) = delete;
  CleanEnd& operator=(const CleanEnd&) = delete;

 private:
  void wait() const {
    int signal = 0;
    sigwait(&signals_, &signal);
    if (signal != SIGUSR1) {
      attempts_.stop();
      std::error_code error;
      std::filesystem::remove_all(directory_, error);
      std::_Exit(kInterrupted + signal);
    }
  }

  std::string directory_;
  Attempts& attempts_;
  sigset_t signals_{};
  std::thread thread_;
};

std::optional<TryFormat> format_named(const std::string& name) {
  for (const auto& [word, format] :
       {std::pair{"table", TryFormat::table}, std::pair{"jsonl", TryFormat::jsonl},
        std::pair{"csv", TryFormat::csv}}) {
    if (name == word) {
      return format;
    }
  }
  return std::nullopt;
}

/// The error names the option.
std::expected<void, std::string> resolve(Typed& typed) {
  const auto timeout = parse_timeout(typed.timeout);
  const auto memory = parse_bytes("--memory", typed.memory);
  const auto shrink_time = parse_duration("--shrink-time", typed.shrink_time);
  const auto schedule = parse_schedule(typed.schedule);
  const auto consistency = parse_consistency(typed.consistency);
  for (const std::string& error :
       {timeout ? "" : timeout.error(), memory ? "" : memory.error(),
        shrink_time ? "" : shrink_time.error(), schedule ? "" : schedule.error(),
        consistency ? "" : consistency.error()}) {
    if (!error.empty()) {
      return Error(error);
    }
  }
  Program& program = typed.program;
  program.limits.time = *timeout;
  program.limits.memory = *memory;
  typed.judge.schedule = *schedule;
  typed.judge.guarantees = *consistency;
  const bool told = program.run.contains("{input}") || program.serve.contains("{input}");
  if (!told && program.place.empty()) {
    return Error(
        "the program must be told of the scenario: with {input} in --run or --serve, or "
        "by --place PATH for a program that reads a certain file");
  }
  if (program.place.starts_with("/") || program.place.contains("..")) {
    return Error("--place takes a path within the program's folder");
  }
  if (!format_named(typed.format)) {
    return Error(fmt::format("-o takes table, jsonl or csv, not \"{}\"", typed.format));
  }
  program.isolation = trial::best_isolation();
  const auto processors = std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
  typed.jobs = typed.jobs == 0 ? processors : typed.jobs;
  if (program.isolation == trial::Isolation::none && typed.jobs > 1) {
    put(stderr, "passbook: neither bwrap nor unshare works here, so one run at a time\n");
    typed.jobs = 1;
  }
  return {};
}

/// The programs to try. The error names the folder.
std::expected<std::vector<Submission>, std::string> programs_of(const Typed& typed) {
  if (!typed.submissions.empty()) {
    return find_submissions(typed.submissions, typed.program);
  }
  std::error_code error;
  if (!std::filesystem::is_directory(typed.program.folder, error)) {
    return Error(fmt::format("{}: is no folder", typed.program.folder));
  }
  return std::vector<Submission>{{"", typed.program}};
}

/// Everything that can be wrong with the arguments is found before anything runs.
std::expected<TrialsOrders, std::string> orders_of(Typed& typed) {
  if (const auto resolved = resolve(typed); !resolved) {
    return Error(resolved.error());
  }
  auto cases = find_cases(typed.cases);
  auto programs = programs_of(typed);
  auto points = typed.points.empty() ? Points{} : read_points(typed.points);
  for (const std::string& problem : {cases ? "" : cases.error(), programs ? "" : programs.error(),
                                     points ? "" : points.error()}) {
    if (!problem.empty()) {
      return Error(problem);
    }
  }
  TrialsOrders out{.cases = std::move(*cases),
                   .submissions = std::move(*programs),
                   .points = std::move(*points),
                   .jobs = typed.jobs,
                   .format = format_named(typed.format).value_or(TryFormat::table),
                   .shrink = !typed.no_shrink,
                   .shrink_time = parse_duration("--shrink-time", typed.shrink_time).value(),
                   .page = {}};
  if (!typed.html.empty()) {
    auto page = ResultFile::prepare(typed.html);
    if (!page) {
      return Error(page.error());
    }
    out.page.emplace(std::move(*page));
  }
  return out;
}

int run(Typed typed) {
  auto orders = orders_of(typed);
  if (!orders) {
    return complain(orders.error(), kBadUsage);
  }
  auto kept = ResultsKept::open(typed.results);
  auto directory = TemporaryDirectory::make();
  if (!kept || !directory) {
    return complain(kept ? directory.error() : kept.error(), kBadUsage);
  }
  Attempts attempts(directory->path(), typed.judge);
  const CleanEnd clean_end(directory->path(), attempts);
  return Trials(std::move(*orders), std::move(*kept), attempts).run();
}

void add_cases(CLI::App& sub, Typed& typed) {
  add_value(sub, "--scenarios PATH", typed.cases.scenarios,
            "try these scenarios: files, and folders of .json files");
  add_value(sub, "--generate COUNT", typed.cases.generate, "try so many scenarios made up");
  add_value(sub, "--seed SEED", typed.cases.seed, "the seed of the first one");
  add_value(sub, "--dialect NAMES", typed.cases.dialects,
            "what the program is for: a comma list of spec, money, dest, branch");
  add_value(sub, "--case NAME", typed.cases.names, "try these of the built-in cases");
  add_value(sub, "--schedule WHEN", typed.schedule,
            "how the program runs customers: auto, sequential, concurrent or settled");
  add_value(sub, "--consistency WHAT", typed.consistency, "as for `check`");
}

}  // namespace

Command add_try(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = add_command(app, "try", kHelp);
  Program& program = typed->program;
  add_value(sub, "--dir DIR", program.folder, "the program's folder");
  add_value(sub, "--run COMMAND", program.run,
            "the shell command that runs it; {input} and {output} stand for files")
      ->required();
  add_value(sub, "--serve COMMAND", program.serve,
            "starts servers first; they are waited for, and ended after --run");
  add_value(sub, "--place PATH", program.place, "write the scenario there in the copy");
  add_cases(sub, *typed);
  add_value(sub, "--timeout TIME", typed->timeout, "for each run");
  add_value(sub, "--memory BYTES", typed->memory, "for all processes of a run together");
  add_value(sub, "--processes COUNT", program.limits.processes, "at once in a run");
  add_value(sub, "--jobs COUNT", typed->jobs, "runs at once; by default one a processor");
  sub.add_flag("--slow", program.slow,
               "give the program little of the processor, so that short sleeps show");
  sub.add_flag("--no-shrink", typed->no_shrink, "don't make failing scenarios smaller");
  add_value(sub, "--shrink-time TIME", typed->shrink_time, "the most to spend on each");
  auto* submissions =
      add_value(sub, "--submissions DIR", typed->submissions, "try each folder in this one");
  add_value(sub, "--points FILE", typed->points, "the points of each case: {\"sample\": 10, ...}")
      ->needs(submissions);
  add_value(sub, "--results FILE", typed->results,
            "keep results here; a second call goes on where the first ended");
  add_value(sub, "--html FILE", typed->html,
            "write a page with scores, the smallest scenarios and pictures");
  add_value(sub, "-o FORMAT", typed->format, "table, jsonl or csv");
  return [typed] { return run(*typed); };
}

}  // namespace passbook
