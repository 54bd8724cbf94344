// SPDX-License-Identifier: Apache-2.0
// Mutates real files. The result is always a scenario that can be played, or an error that names a
// place.
#include <iterator>
#include <set>

#include "base/random.h"
#include "lab/scenario/sequential_check.h"
#include "lab/scenario/testing_cases.h"
#include "lab/scenario/testing_scenarios.h"

namespace passbook {
namespace {

constexpr std::string_view kTokens[] = {"[",
                                        "]",
                                        "{",
                                        "}",
                                        ",",
                                        ":",
                                        "\"",
                                        "'",
                                        "“",
                                        "”",
                                        "‘",
                                        "\\",
                                        "\\u0000",
                                        "/*",
                                        "*/",
                                        "//",
                                        "#",
                                        "\n",
                                        " ",
                                        "null",
                                        "None",
                                        "True",
                                        "0",
                                        "-",
                                        "1e99",
                                        "0.001",
                                        "18446744073709551616",
                                        "\"50\"",
                                        "\"id\"",
                                        "\"id \"",
                                        "\"dest\":2",
                                        "\"branch\":1",
                                        "\"money\":",
                                        "DEPOSIT",
                                        "\xFF",
                                        "\xE2\x80",
                                        "\xEF\xBB\xBF",
                                        "```",
                                        std::string_view("\0", 1)};

std::string mutate(Random& random, std::string text, const std::string& other) {
  const std::uint64_t changes = random.chance(1, 2) ? 1 : 1 + random.below(4);
  for (std::uint64_t i = 0; i < changes; ++i) {
    const std::size_t at = random.below(text.size() + 1);
    const std::size_t length = 1 + random.below(random.chance(1, 2) ? 2 : 40);
    switch (random.below(6)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, kTokens[random.below(std::size(kTokens))]);
        break;
      case 2:
        text.insert(at, text.substr(random.below(text.size() + 1), length));
        break;
      case 3:
        text.insert(at, other.substr(random.below(other.size() + 1), length));
        break;
      case 4:
        if (at < text.size()) {
          text[at] = static_cast<char>(random.below(256));
        }
        break;
      default:
        if (random.chance(1, 4)) {
          text.resize(at);
        }
        break;
    }
  }
  return text;
}

void expect_playable(const Scenario& scenario, const std::string& text) {
  std::set<BranchId> branches;
  for (const ScenarioBranch& branch : scenario.branches) {
    EXPECT_TRUE(branch.id.value > 0 && branches.insert(branch.id).second) << text;
  }
  EXPECT_FALSE(branches.empty()) << text;
  EXPECT_GE(scenario.opening, Money{0}) << text;
  for (const Listing& listing : scenario.listings) {
    EXPECT_GT(listing.customer.value, 0U) << text;
    for (const CustomerEvent& event : listing.events) {
      EXPECT_TRUE(branches.contains(event.branch)) << text;
      EXPECT_EQ(event.money > Money{0}, event.interface != Interface::query) << text;
    }
  }
}

void expect_error(const InputError& error, const std::string& text) {
  EXPECT_THAT(error.message, testing::MatchesRegex("f\\.json:[0-9]+:[0-9]+: [^\n]+")) << text;
}

std::vector<CaseFile> samples() {
  auto files = case_files();
  std::erase_if(files, [](const CaseFile& f) { return f.name.ends_with("_events.json"); });
  return files;
}

TEST(Fuzz, AMutatedScenarioIsPlayableOrRefusedWithAPlace) {
  const auto files = samples();
  Random random(20240607);
  int read_strictly = 0;
  int read_leniently = 0;
  for (int i = 0; i < 6000; ++i) {
    const std::string text = mutate(random, files[random.below(files.size())].text,
                                    files[random.below(files.size())].text);
    const auto strict = read_scenario(text, "f.json", Leniency::strict);
    const auto lenient = read_scenario(text, "f.json", Leniency::lenient);
    for (const auto* read : {&strict, &lenient}) {
      *read ? expect_playable((*read)->scenario, text) : expect_error(read->error(), text);
    }
    read_strictly += strict ? 1 : 0;
    read_leniently += lenient ? 1 : 0;
    if (!strict) {
      EXPECT_EQ(lenient.has_value(), !strict.error().hint.empty()) << text;
    } else {
      ASSERT_TRUE(lenient) << text;
      EXPECT_EQ(lenient->scenario, strict->scenario) << text;
    }
  }
  // The mutations are mild enough that both outcomes occur.
  EXPECT_GT(read_strictly, 300);
  EXPECT_GT(read_leniently, read_strictly + 100);
  EXPECT_LT(read_leniently, 5000);
}

TEST(Fuzz, AMutatedOutputIsJudgedOrRefusedWithAPlace) {
  Random random(20240608);
  int judged = 0;
  for (int i = 0; i < 3000; ++i) {
    const Scenario scenario = random_scenario(random);
    const std::string right = write_results(scenario, sequential_results(scenario),
                                            kAllStyles[random.below(std::size(kAllStyles))]);
    const std::string text = mutate(random, right, right);
    const auto read = read_results(text, "f.json", scenario);
    if (read) {
      const Verdict verdict = check_sequential(scenario, *read);
      EXPECT_EQ(verdict.right, verdict.findings.empty());
      ++judged;
    } else {
      expect_error(read.error(), text);
    }
  }
  EXPECT_GT(judged, 100);
  EXPECT_LT(judged, 2900);
}

}  // namespace
}  // namespace passbook
