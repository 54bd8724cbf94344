// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.h"

#include "app/colour.h"

namespace passbook {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Arguments {
  std::string timeout = "10s";
  std::optional<std::string> log_dir;
  std::string file;
  unsigned count = 3;
  std::string mode = "fast";
  unsigned id = 2;
  bool resume = false;
};

constexpr CommandHelp kHelp{
    .summary = "Run a bank",
    .text =
        "A text that is long enough to need a second line when it is filled to the width of "
        "a terminal.\n\nKinds:\n  this  stays where it is",
    .examples = "  bank run FILE\n"};

class CommandLine : public testing::Test {
 protected:
  CommandLine() {
    lay_out_help(app_);
    CLI::App& run = add_command(app_, "run", kHelp);
    add_value(run, "FILE", arguments_.file, "the scenario")->required();
    add_value(run, "--timeout TIME", arguments_.timeout, "for each event");
    auto* directory = add_value(run, "--log-dir DIRECTORY-OF-LOGS", arguments_.log_dir, "logs");
    add_value(run, "--count COUNT", arguments_.count, "how many");
    add_value(run, "--mode MODE", arguments_.mode, "how")->check(one_of({"fast", "slow"}));
    add_value(run, "--id ID", arguments_.id, "who")->check(at_least(2));
    run.add_flag("--resume", arguments_.resume, "go on")->needs(directory);
    add_command(app_, "status", {.summary = "Show", .text = "", .examples = ""});
  }

  /// Reads these words. Returns the exit status, if any, and the text on stderr.
  std::pair<std::optional<int>, std::string> read(std::vector<std::string> words) {
    words.insert(words.begin(), "bank");
    std::vector<char*> argv;
    for (std::string& word : words) {
      argv.push_back(word.data());
    }
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    const auto status = read_command_line(app_, static_cast<int>(argv.size()), argv.data());
    printed_ = testing::internal::GetCapturedStdout();
    return {status, testing::internal::GetCapturedStderr()};
  }

  Arguments arguments_;
  std::string printed_;
  CLI::App app_{"A bank.", "bank"};
};

TEST_F(CommandLine, ReadsWhatIsRight) {
  EXPECT_EQ(read({"run", "--timeout", "5s", "x.json"}).first, std::nullopt);
  EXPECT_EQ(arguments_.timeout, "5s");
  EXPECT_EQ(arguments_.file, "x.json");
}

TEST_F(CommandLine, NamesTheNearestCommand) {
  EXPECT_EQ(
      read({"stauts"}),
      std::pair(std::optional(2), std::string("passbook: there is no command \"stauts\"; did you "
                                              "mean status? (passbook --help lists them)\n")));
  EXPECT_THAT(read({"pay"}).second, AllOf(HasSubstr("no command \"pay\""), Not(HasSubstr("mean"))));
}

TEST_F(CommandLine, NamesTheNearestOption) {
  EXPECT_THAT(read({"run", "x.json", "--timeuot=5s"}).second,
              HasSubstr("run has no option --timeuot; did you mean --timeout?"));
  EXPECT_THAT(read({"run", "x.json", "--colour"}).second,
              AllOf(HasSubstr("run has no option --colour"), Not(HasSubstr("mean"))));
  EXPECT_THAT(read({"run", "x.json", "-x"}).second, HasSubstr("run has no option -x"));
}

TEST_F(CommandLine, SaysWhatElseIsWrong) {
  EXPECT_THAT(read({}).second, HasSubstr("no command given"));
  EXPECT_THAT(read({"run"}).second, HasSubstr("FILE is required"));
  EXPECT_THAT(read({"run", "x.json", "--resume"}).second, HasSubstr("--log-dir"));
}

TEST_F(CommandLine, SaysWhatAValueMustBe) {
  EXPECT_THAT(read({"run", "x", "--count", "many"}).second,
              HasSubstr("--count: \"many\" is not a whole number, or too large"));
  EXPECT_THAT(read({"run", "x", "--id", "1"}).second,
              HasSubstr("--id: must be a whole number of at least 2, not \"1\""));
  EXPECT_THAT(read({"run", "x", "--mode", "slwo"}).second,
              HasSubstr("--mode: must be fast or slow, not \"slwo\""));
}

TEST_F(CommandLine, HelpOfAllIsOneScreen) {
  EXPECT_EQ(read({"--help"}).first, 0);
  EXPECT_THAT(printed_, HasSubstr("Usage: bank COMMAND [OPTION...]\n\nA bank.\n"));
  EXPECT_THAT(printed_, HasSubstr("  run         Run a bank\n  status      Show\n"));
}

TEST_F(CommandLine, HelpOfACommandHasUsageDefaultsAndExamplesInEightyColumns) {
  EXPECT_EQ(read({"run", "--help"}).first, 0);
  const std::string help = printed_;
  EXPECT_EQ(help.find("Usage: bank run [OPTION...] FILE\n\nRun a bank\n\nA text"), 0U) << help;
  EXPECT_THAT(help, HasSubstr("  --timeout TIME            for each event (default: 10s)\n"));
  EXPECT_THAT(help, HasSubstr("  --count COUNT             how many (default: 3)\n"));
  EXPECT_THAT(help, HasSubstr("  --resume                  go on; only with --log-dir\n"));
  EXPECT_THAT(help, HasSubstr("  --log-dir DIRECTORY-OF-LOGS\n                            logs\n"));
  EXPECT_THAT(help, HasSubstr("\nKinds:\n  this  stays where it is\n"));
  EXPECT_THAT(help, HasSubstr("\nExamples:\n  bank run FILE\n"));
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 80U) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
  read({"help", "run"});
  EXPECT_EQ(printed_, help);
}

TEST(NearestWord, IsNearEnoughOrNone) {
  const std::vector<std::string> known{"run", "check", "customer"};
  EXPECT_EQ(nearest_word("rn", known), "run");
  EXPECT_EQ(nearest_word("chekc", known), "check");
  EXPECT_EQ(nearest_word("costumer", known), "customer");
  EXPECT_EQ(nearest_word("trace", known), std::nullopt);
  EXPECT_EQ(nearest_word("run", {}), std::nullopt);
}

TEST(Palette, LeavesTextAloneWhereThereIsNoColour) {
  EXPECT_EQ(Palette(false).paint(Colour::red, "wrong"), "wrong");
  EXPECT_EQ(Palette(true).paint(Colour::red, "wrong"), "\033[31mwrong\033[0m");
  EXPECT_EQ(Palette(true).paint(Colour::red, ""), "");
}

}  // namespace
}  // namespace passbook
