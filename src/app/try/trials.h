// SPDX-License-Identifier: Apache-2.0
// The work of one `passbook try`: programs on cases, side by side, told as they end.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/result_file.h"
#include "app/try/attempt.h"
#include "app/try/hunt.h"
#include "app/try/submissions.h"
#include "app/try/try_report.h"

namespace passbook {

enum class TryFormat : std::uint8_t { table, jsonl, csv };

struct TrialsOrders {
  Cases cases;
  std::vector<Submission> submissions;  ///< one without a name, or many with names
  Points points;
  std::size_t jobs = 1;  ///< runs at once
  TryFormat format = TryFormat::table;
  bool shrink = true;  ///< of one program, make failing scenarios smaller
  Duration shrink_time = std::chrono::minutes(5);
  std::optional<ResultFile> page;  ///< for an HTML page
};

class Trials {
 public:
  /// `attempts` must outlive it.
  Trials(TrialsOrders orders, ResultsKept kept, Attempts& attempts);

  /// Prints verdicts as they come, then what was made smaller and the scores. Returns the exit
  /// status.
  int run();

 private:
  struct Work {
    const Submission* submission;
    const TryCase* on;
  };
  struct Failure {
    const TryCase* on;
    FaultKind kind;
  };

  bool one() const { return orders_.submissions.front().name.empty(); }
  void try_all();
  void try_one(const Work& work);
  void print(const TryResult& result) const;
  void make_smaller();
  std::expected<Attempt, std::string> run_again(const TryCase& on);
  void tell(const Failure& failure, const std::optional<Found>& found) const;
  std::vector<std::string> case_names() const;
  void summarize() const;
  std::expected<void, std::string> write_page();

  TrialsOrders orders_;
  ResultsKept kept_;
  Attempts& attempts_;
  std::size_t program_width_ = 0;
  std::size_t case_width_ = 0;
  std::mutex mutex_;
  std::vector<Failure> failures_;
  std::vector<Found> found_;
  std::optional<std::string> error_;  ///< the program could not be tried
};

}  // namespace passbook
