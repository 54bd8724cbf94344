// SPDX-License-Identifier: Apache-2.0
// `passbook try`: runs and judges anybody's bank.
#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

#include "app/arguments.h"
#include "app/command_line.h"
#include "app/commands.h"
#include "app/print.h"
#include "app/temporary_directory.h"
#include "app/try/hunt.h"
#include "app/try/jobs.h"
#include "app/try/submissions.h"
#include "app/try/try_report.h"
#include "base/plural.h"

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
  std::string timeout = "60s";
  std::string memory = "4GiB";
  std::string shrink_time = "5m";
  std::size_t jobs = 0;
  bool no_shrink = false;
  std::string submissions;
  std::string points;
  std::string results;
  std::string format = "table";
};

/// Ends this process when it is asked to end, and leaves no file behind. Guards end by themselves.
class CleanEnd {
 public:
  explicit CleanEnd(std::string directory) : directory_(std::move(directory)) {
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
      std::error_code error;
      std::filesystem::remove_all(directory_, error);
      std::_Exit(kInterrupted + signal);
    }
  }

  std::string directory_;
  sigset_t signals_{};
  std::thread thread_;
};

/// The work of one call.
class Trials {
 public:
  Trials(const Typed& typed, Cases cases, std::vector<Submission> submissions, ResultsKept kept,
         Points points, Attempts& attempts)
      : typed_(typed),
        cases_(std::move(cases)),
        submissions_(std::move(submissions)),
        kept_(std::move(kept)),
        points_(std::move(points)),
        attempts_(attempts) {}

  int run() {
    measure();
    if (typed_.format == "csv") {
      put("{}", kResultsHeader);
    }
    try_all();
    if (error_) {
      return complain(*error_, kBadUsage);
    }
    if (!typed_.no_shrink && typed_.submissions.empty()) {
      make_smaller();
    }
    summarize();
    return failed_ ? kFailed : kDone;
  }

 private:
  struct Work {
    const Submission* submission;
    const TryCase* on;
  };

  void measure() {
    for (const Submission& submission : submissions_) {
      program_width_ = std::max(program_width_, submission.name.size());
    }
    for (const TryCase& on : cases_.tried) {
      case_width_ = std::max(case_width_, on.name.size());
    }
  }

  void try_all() {
    std::vector<Work> work;
    for (const Submission& submission : submissions_) {
      for (const TryCase& on : cases_.tried) {
        if (!kept_.has(submission.name, on.name)) {
          work.push_back({&submission, &on});
        }
      }
    }
    for (const TryResult& result : kept_.results()) {
      failed_ = failed_ || result.result != "right";
    }
    side_by_side(work.size(), typed_.jobs, [&](std::size_t i) { try_one(work[i]); });
  }

  void try_one(const Work& work) {
    {
      const std::scoped_lock lock(mutex_);
      if (error_) {
        return;
      }
    }
    const auto attempt = attempts_.run(work.submission->program, *work.on);
    const std::scoped_lock lock(mutex_);
    if (!attempt) {
      error_ = attempt.error();
      return;
    }
    const TryResult result = result_of(work.submission->name, *work.on, *attempt);
    kept_.add(result);
    print(result);
    failed_ = failed_ || result.result != "right";
    if (attempt->failed()) {
      failures_.push_back({work.on, attempt->faults.front().kind});
    }
  }

  void print(const TryResult& result) const {
    if (typed_.format == "table") {
      put("{}", as_line(result, program_width_, case_width_));
    } else if (typed_.format == "csv") {
      put("{}", as_csv(result));
    } else {
      put("{}\n", as_json(result));
    }
    std::fflush(stdout);
  }

  /// One of each kind: others of a kind most likely have the same cause.
  void make_smaller() {
    std::set<FaultKind> done;
    std::ranges::sort(failures_, {}, [](const Failure& failure) {
      return count_events(failure.on->scenario) + failure.on->scenario.branches.size();
    });
    const auto most = parse_duration("--shrink-time", typed_.shrink_time).value_or(Duration{});
    for (const Failure& failure : failures_) {
      if (!done.contains(failure.kind)) {
        const auto found = hunt(
            *failure.on, failure.kind, typed_.jobs, most,
            [&](const TryCase& on) { return attempts_.run(submissions_.front().program, on); });
        if (found) {
          done.insert(failure.kind);
        }
        tell(failure, found);
      }
    }
  }

  struct Failure {
    const TryCase* on;
    FaultKind kind;
  };

  void tell(const Failure& failure, const std::optional<Found>& found) const {
    if (typed_.format == "table") {
      put("\n{}", found ? as_text(*found)
                        : fmt::format("{} failed once, but less often than in {} of {} runs\n",
                                      failure.on->name, kLeastFailures, kRepeats));
    } else if (typed_.format != "csv" && found) {
      put("{}\n", as_json(*found));
    }
    std::fflush(stdout);
  }

  void summarize() const {
    if (typed_.format != "table") {
      return;
    }
    const auto& results = kept_.results();
    if (!typed_.submissions.empty()) {
      std::vector<std::string> names;
      for (const TryCase& on : cases_.tried) {
        names.push_back(on.name);
      }
      put("\n{}", results_table(results, names, points_));
    }
    const auto right = std::ranges::count(results, "right", &TryResult::result);
    put("\n{} of {} right\n", right, plural(results.size(), "run"));
    if (!cases_.not_tried.empty()) {
      put("not tried, because they are of other dialects (--dialect spec,dest): {}\n",
          fmt::join(cases_.not_tried, ", "));
    }
  }

  const Typed& typed_;
  Cases cases_;
  std::vector<Submission> submissions_;
  ResultsKept kept_;
  Points points_;
  Attempts& attempts_;
  std::size_t program_width_ = 0;
  std::size_t case_width_ = 0;
  std::mutex mutex_;
  std::vector<Failure> failures_;
  std::optional<std::string> error_;
  bool failed_ = false;
};

/// The error names the option.
std::expected<void, std::string> resolve(Typed& typed) {
  const auto timeout = parse_timeout(typed.timeout);
  const auto memory = parse_bytes("--memory", typed.memory);
  const auto shrink_time = parse_duration("--shrink-time", typed.shrink_time);
  const auto schedule = parse_schedule(typed.judge.schedule);
  const auto consistency = parse_consistency(typed.judge.consistency);
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
  const bool told = program.run.contains("{input}") || program.serve.contains("{input}");
  if (!told && program.place.empty()) {
    return Error(
        "the program must be told of the scenario: with {input} in --run or --serve, or "
        "by --place PATH for a program that reads a certain file");
  }
  if (program.place.starts_with("/") || program.place.contains("..")) {
    return Error("--place takes a path within the program's folder");
  }
  if (typed.format != "table" && typed.format != "jsonl" && typed.format != "csv") {
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

int run(Typed typed) {
  if (const auto resolved = resolve(typed); !resolved) {
    return complain(resolved.error(), kBadUsage);
  }
  auto cases = find_cases(typed.cases);
  if (!cases) {
    return complain(cases.error(), kBadUsage);
  }
  std::error_code error;
  std::vector<Submission> submissions{{"", typed.program}};
  if (!typed.submissions.empty()) {
    auto found = find_submissions(typed.submissions, typed.program);
    if (!found) {
      return complain(found.error(), kBadUsage);
    }
    submissions = std::move(*found);
  } else if (!std::filesystem::is_directory(typed.program.folder, error)) {
    return complain(fmt::format("{}: is no folder", typed.program.folder), kBadUsage);
  }
  auto points = typed.points.empty() ? Points{} : read_points(typed.points);
  auto kept = ResultsKept::open(typed.results);
  auto directory = TemporaryDirectory::make();
  for (const std::string& problem : {points ? "" : points.error(), kept ? "" : kept.error(),
                                     directory ? "" : directory.error()}) {
    if (!problem.empty()) {
      return complain(problem, kBadUsage);
    }
  }
  const CleanEnd clean_end(directory->path());
  Attempts attempts(directory->path(), typed.judge);
  return Trials(typed, std::move(*cases), std::move(submissions), std::move(*kept),
                std::move(*points), attempts)
      .run();
}

void add_cases(CLI::App& sub, Typed& typed) {
  add_value(sub, "--scenarios PATH", typed.cases.scenarios,
            "try these scenarios: files, and folders of .json files");
  add_value(sub, "--generate COUNT", typed.cases.generate, "try so many scenarios made up");
  add_value(sub, "--seed SEED", typed.cases.seed, "the seed of the first one");
  add_value(sub, "--dialect NAMES", typed.cases.dialects,
            "what the program is for: a comma list of spec, money, dest, branch");
  add_value(sub, "--case NAME", typed.cases.names, "try these of the built-in cases");
  add_value(sub, "--schedule WHEN", typed.judge.schedule,
            "how the program runs customers: auto, sequential, concurrent or settled");
  add_value(sub, "--consistency WHAT", typed.judge.consistency, "as for `check`");
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
  add_value(sub, "-o FORMAT", typed->format, "table, jsonl or csv");
  return [typed] { return run(*typed); };
}

}  // namespace passbook
