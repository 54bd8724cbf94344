// SPDX-License-Identifier: Apache-2.0
#include "app/try/submissions.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "app/arguments.h"

namespace passbook {

using Error = std::unexpected<std::string>;

std::expected<std::vector<Submission>, std::string> find_submissions(const std::string& folder,
                                                                     const Program& like) {
  std::vector<Submission> out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename();
    if (entry.is_directory(error) && !name.starts_with(".")) {
      out.push_back({name, like});
      out.back().program.folder = entry.path();
    }
  }
  if (error) {
    return Error(fmt::format("{}: {}", folder, error.message()));
  }
  if (out.empty()) {
    return Error(fmt::format("{}: there is no folder of a submission in it", folder));
  }
  std::ranges::sort(out, {}, &Submission::name);
  return out;
}

std::expected<ResultsKept, std::string> ResultsKept::open(const std::string& path) {
  if (path.empty()) {
    return ResultsKept(nullptr, {});
  }
  std::vector<TryResult> results;
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    const auto text = read_text(path);
    if (!text) {
      return Error(text.error());
    }
    std::size_t line = 1;
    std::size_t begin = 0;
    for (auto end = text->find('\n'); end != std::string::npos;
         begin = end + 1, end = text->find('\n', begin), ++line) {
      auto result = read_result(std::string_view(*text).substr(begin, end - begin));
      if (!result) {
        return Error(fmt::format("{}:{}: is no result of an earlier `try`", path, line));
      }
      results.push_back(std::move(*result));
    }
    if (begin < text->size()) {
      std::filesystem::resize_file(path, begin, error);
    }
  }
  std::FILE* file = std::fopen(path.c_str(), "ae");
  if (file == nullptr) {
    return Error(fmt::format("{}: {}", path, std::strerror(errno)));
  }
  return ResultsKept(file, std::move(results));
}

ResultsKept::~ResultsKept() {
  if (file_ != nullptr) {
    std::fclose(file_);
  }
}

bool ResultsKept::has(const std::string& program, const std::string& on) const {
  return std::ranges::any_of(results_, [&](const TryResult& result) {
    return result.program == program && result.on == on;
  });
}

void ResultsKept::add(const TryResult& result) {
  results_.push_back(result);
  if (file_ != nullptr) {
    const std::string line = as_json(result) + "\n";
    std::fwrite(line.data(), 1, line.size(), file_);
    std::fflush(file_);
    fdatasync(fileno(file_));
  }
}

}  // namespace passbook
