// SPDX-License-Identifier: Apache-2.0
// Output files: whatever the text, it is judged, or an error with a place.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/check.h"
#include "lab/scenario/output_check.h"
#include "lab/scenario/reader.h"
#include "target.h"

namespace passbook::fuzz {
namespace {

std::string text_of_case(const std::string& name) {
  std::ifstream file(std::filesystem::path(PASSBOOK_CASES_DIR) / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

const Scenario& sample() {
  static const Scenario kScenario =
      read_scenario(text_of_case("spec-sample.json"), "f", Leniency::strict).value().scenario;
  return kScenario;
}

void judge(const ReadResults& results, ScheduleKind schedule) {
  OutputCheck check(sample(), results, {schedule, Guarantees::session(), RunModel::replicated});
  PASSBOOK_CHECK(check.decide(1'000'000), "a run of five events is decided");
  const Verdict verdict = check.verdict(10'000);
  PASSBOOK_CHECK(verdict.right == verdict.findings.empty(), "what is wrong has a finding");
  for (const std::string& finding : verdict.findings) {
    PASSBOOK_CHECK(finding.starts_with("f:"), "a finding begins with the place");
  }
}

}  // namespace

std::vector<std::string> seeds() {
  const std::string printed =
      "{'id': 1, 'recv': [{'interface': 'query', 'result': 'balance': 400}]}\n"
      "{'id': 3, 'recv': [{'interface': 'withdraw', 'result': 'fail'}]}";
  std::vector<std::string> out = {
      text_of_case("spec-sample.out.json"), text_of_case("money-sample.out.json"),
      text_of_case("events-sample.out.json"), R"([{"id":1,"balance":400}])", printed};
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(PASSBOOK_CASES_DIR) / "strangers")) {
    if (entry.path().string().contains(".out.")) {
      out.push_back(text_of_case("strangers/" + entry.path().filename().string()));
    }
  }
  return out;
}

}  // namespace passbook::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace passbook;
  const auto read = read_results(fuzz::text_of(data, size), "f", fuzz::sample());
  if (!read) {
    PASSBOOK_CHECK(read.error().message.starts_with("f:"), "an error begins with the place");
    return 0;
  }
  for (const auto schedule :
       {ScheduleKind::sequential, ScheduleKind::concurrent, ScheduleKind::settled}) {
    fuzz::judge(*read, schedule);
  }
  return 0;
}
