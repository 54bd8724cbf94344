// SPDX-License-Identifier: Apache-2.0
#include "app/check/check_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "app/arguments.h"
#include "app/check/verdict_text.h"
#include "app/print.h"
#include "lab/scenario/json_tree.h"

namespace passbook {
namespace {

using Path = std::filesystem::path;

/// One student's result for one scenario, empty if no file was handed in.
struct Cell {
  std::optional<Judged> judged;
  std::size_t points = 0;
  std::size_t of = 0;

  std::string_view word() const { return judged ? to_string(judged->ruling) : "missing"; }
};

struct Row {
  std::string student;
  std::vector<Cell> cells;
};

/// The student to whom a file belongs, and its path in that student's folder. A file that is in no
/// student's folder is a student of its own.
std::pair<std::string, std::string> owner_of(const std::string& file,
                                             const std::vector<std::string>& folders) {
  for (const std::string& folder : folders) {
    const Path inside = Path(file).lexically_relative(folder);
    if (inside.empty() || *inside.begin() == "..") {
      continue;
    }
    const auto first = inside.begin();
    return std::next(first) == inside.end()
               ? std::pair(inside.stem().string(), inside.string())
               : std::pair(first->string(), inside.lexically_relative(*first).string());
  }
  return {Path(file).stem().string(), file};
}

/// The scenario whose name occurs in the file's name, else in its path. The longest name wins.
std::optional<std::size_t> scenario_of(const std::string& inside,
                                       const std::vector<Choices>& scenarios) {
  for (const std::string& where : {Path(inside).filename().string(), inside}) {
    std::optional<std::size_t> found;
    std::size_t length = 0;
    for (std::size_t i = 0; i < scenarios.size(); ++i) {
      const std::string name = Path(scenarios[i].file).stem();
      if (where.contains(name) && name.size() > length) {
        found = i;
        length = name.size();
      }
    }
    if (found) {
      return found;
    }
  }
  return std::nullopt;
}

class Matrix {
 public:
  Matrix(const OutputArguments& arguments, const std::vector<Choices>& scenarios)
      : arguments_(arguments), scenarios_(scenarios) {}

  void add(const std::string& file) {
    const auto [student, inside] = owner_of(file, arguments_.outputs);
    auto& row = rows_[student];
    row.student = student;
    row.cells.resize(scenarios_.size());
    const auto column = scenario_of(inside, scenarios_);
    if (!column) {
      notes_.push_back(fmt::format("{}: the name matches no scenario; not judged", file));
      return;
    }
    Cell& cell = row.cells[*column];
    if (cell.judged) {
      notes_.push_back(fmt::format("{}: not judged, because {} is judged for the same scenario",
                                   file, cell.judged->file));
      return;
    }
    cell.judged = judge_file(file, scenarios_[*column]);
  }

  int print() {
    count();
    for (const std::string& note : notes_) {
      put(stderr, "passbook: {}\n", note);
    }
    if (arguments_.format == "csv") {
      print_csv();
    } else if (arguments_.format == "table") {
      print_table();
    } else {
      print_json();
    }
    return status();
  }

 private:
  void count() {
    for (auto& [student, row] : rows_) {
      for (std::size_t i = 0; i < scenarios_.size(); ++i) {
        Cell& cell = row.cells[i];
        const bool read = cell.judged && cell.judged->ruling != Ruling::unreadable;
        cell.of = read ? cell.judged->verdict.answers : count_events(scenarios_[i].input.scenario);
        cell.points = read ? cell.judged->verdict.explained : 0;
      }
    }
  }

  static std::pair<std::size_t, std::size_t> points_of(const Row& row) {
    std::pair<std::size_t, std::size_t> sum;
    for (const Cell& cell : row.cells) {
      sum.first += cell.points;
      sum.second += cell.of;
    }
    return sum;
  }

  std::string title(std::size_t column) const { return Path(scenarios_[column].file).stem(); }

  void print_table() const {
    std::vector<std::vector<std::string>> lines(1, {"student"});
    for (std::size_t i = 0; i < scenarios_.size(); ++i) {
      lines[0].push_back(title(i));
    }
    lines[0].emplace_back("points");
    for (const auto& [student, row] : rows_) {
      lines.push_back({student});
      for (const Cell& cell : row.cells) {
        lines.back().push_back(fmt::format("{} {}/{}", cell.word(), cell.points, cell.of));
      }
      const auto [points, of] = points_of(row);
      lines.back().push_back(fmt::format("{}/{}", points, of));
    }
    put("{}", in_columns(lines));
  }

  void print_csv() const {
    std::string head = "student";
    for (std::size_t i = 0; i < scenarios_.size(); ++i) {
      head += "," + csv_field(title(i)) + "," + csv_field(title(i) + " points");
    }
    put("{},points,of\n", head);
    for (const auto& [student, row] : rows_) {
      std::string line = csv_field(student);
      for (const Cell& cell : row.cells) {
        line += fmt::format(",{},{}", cell.word(), cell.points);
      }
      const auto [points, of] = points_of(row);
      put("{},{},{}\n", line, points, of);
    }
  }

  std::string row_as_json(const Row& row) const {
    std::string cells;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const Cell& cell = row.cells[i];
      cells += fmt::format(
          "{}{{\"scenario\":{},\"verdict\":\"{}\",\"points\":{},\"of\":{},\"result\":{}}}",
          i == 0 ? "" : ",", json_string(title(i)), cell.word(), cell.points, cell.of,
          cell.judged ? as_json(*cell.judged) : "null");
    }
    const auto [points, of] = points_of(row);
    return fmt::format("{{\"student\":{},\"points\":{},\"of\":{},\"scenarios\":[{}]}}",
                       json_string(row.student), points, of, cells);
  }

  void print_json() const {
    const bool lines = arguments_.format == "jsonl";
    put("{}", lines ? "" : "{\"students\":[");
    bool first = true;
    for (const auto& [student, row] : rows_) {
      put("{}{}{}", lines || first ? "" : ",\n ", row_as_json(row), lines ? "\n" : "");
      first = false;
    }
    put("{}", lines ? "" : "]}\n");
  }

  /// A missing file counts as wrong.
  int status() const {
    Ruling worst = Ruling::right;
    for (const auto& [student, row] : rows_) {
      for (const Cell& cell : row.cells) {
        worst = std::max(worst, cell.judged ? cell.judged->ruling : Ruling::wrong);
      }
    }
    return status_of(worst);
  }

  const OutputArguments& arguments_;
  const std::vector<Choices>& scenarios_;
  std::map<std::string, Row> rows_;
  std::vector<std::string> notes_;
};

}  // namespace

int check_matrix(const OutputArguments& arguments, const std::vector<Choices>& scenarios,
                 const OutputFiles& files) {
  Matrix matrix(arguments, scenarios);
  for (const std::string& file : files.files) {
    matrix.add(file);
  }
  return matrix.print();
}

}  // namespace passbook
