// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "app/arguments.h"
#include "app/colour.h"

namespace passbook {
namespace {

/// All but those without a group, which only the program itself starts.
std::vector<const CLI::App*> commands_for_people(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

constexpr std::size_t kWidth = 80;
/// The columns where the descriptions of options and commands begin.
constexpr std::size_t kColumn = 28;
constexpr std::size_t kCommandColumn = 14;

bool is_list_or_example(std::string_view line) { return line.starts_with(' '); }

/// `text` from `column` on, wrapped at the width. Indented lines stay as they are.
std::string fill(std::string_view text, std::size_t column) {
  std::string out;
  std::size_t at = column;
  const auto begin_line = [&] {
    out += '\n';
    out.append(column, ' ');
    at = column;
  };
  const auto add_words = [&](std::string_view line) {
    while (!line.empty()) {
      const std::size_t space = line.find(' ');
      const std::string_view word = line.substr(0, space);
      if (at > column && at + 1 + word.size() > kWidth) {
        begin_line();
      } else if (at > column) {
        out += ' ';
        ++at;
      }
      out += word;
      at += word.size();
      line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
    }
  };
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (line.empty() || is_list_or_example(line)) {
      if (at > column) {
        begin_line();
      }
      out += line;
      begin_line();
    } else {
      add_words(line);
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  out.erase(out.find_last_not_of(" \n") + 1);
  return out;
}

/// "  NAME   TEXT"; the text goes to the next line if the name is too long.
std::string entry(const std::string& name, std::string_view text, std::size_t column) {
  std::string out = "  " + name;
  if (out.size() + 2 > column) {
    out += '\n' + std::string(column, ' ');
  } else {
    out.append(column - out.size(), ' ');
  }
  return out + fill(text, column) + '\n';
}

std::string name_of(const CLI::Option& option) {
  if (option.get_positional()) {
    return option.get_name(true);
  }
  std::string out;
  for (const std::string& name : option.get_snames()) {
    out += fmt::format("{}-{}", out.empty() ? "" : ", ", name);
  }
  for (const std::string& name : option.get_lnames()) {
    out += fmt::format("{}--{}", out.empty() ? "" : ", ", name);
  }
  return option.get_type_name().empty() ? out : out + ' ' + option.get_type_name();
}

std::string text_of(const CLI::Option& option) {
  std::string out = option.get_description();
  const std::string& standard = option.get_default_str();
  if (option.get_required() && !option.get_positional()) {
    out += " (required)";
  } else if (!standard.empty()) {
    out += fmt::format(" (default: {})", standard);
  }
  for (const CLI::Option* needed : option.get_needs()) {
    out += fmt::format("; only with {}", needed->get_name());
  }
  return out;
}

class HelpLayout final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const override {
    const Palette palette = Palette::of(stdout);
    const auto heading = [&](std::string_view text) {
      return '\n' + palette.paint(Colour::bold, text) + '\n';
    };
    const bool whole = app->get_parent() == nullptr;
    std::string out =
        palette.paint(Colour::bold, usage(*app)) + "\n\n" + fill(app->get_description(), 0) + '\n';
    if (whole) {
      out += heading("Commands:");
      for (const CLI::App* command : commands_for_people(*app)) {
        const std::string text = command->get_description();
        out += entry(command->get_name(), text.substr(0, text.find('\n')), kCommandColumn);
      }
    }
    out += heading("Options:");
    for (const bool positional : {true, false}) {
      for (const CLI::Option* option : app->get_options()) {
        if (option->get_positional() == positional) {
          out += entry(name_of(*option), text_of(*option), whole ? kCommandColumn : kColumn);
        }
      }
    }
    if (!app->get_footer().empty()) {
      out += heading("Examples:") + app->get_footer();
    }
    return out;
  }

 private:
  static std::string usage(const CLI::App& app) {
    if (app.get_parent() == nullptr) {
      return fmt::format("Usage: {} COMMAND [OPTION...]", app.get_name());
    }
    std::string out = fmt::format("Usage: {} {}", app.get_parent()->get_name(), app.get_name());
    std::string positional;
    for (const CLI::Option* option : app.get_options()) {
      const std::string name = option->get_name(true);
      const bool many = option->get_items_expected_max() > 1;
      if (option->get_positional()) {
        positional += option->get_required() ? fmt::format(" {}{}", name, many ? "..." : "")
                                             : fmt::format(" [{}]", name);
      } else if (option->get_required()) {
        out += ' ' + name_of(*option);
      }
    }
    return out + " [OPTION...]" + positional;
  }
};

/// How many letters to insert, delete, change or swap with the next (Damerau, 1964).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> at(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        at[i][j] = i + j;
        continue;
      }
      at[i][j] = std::min(
          {at[i - 1][j] + 1, at[i][j - 1] + 1, at[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        at[i][j] = std::min(at[i][j], at[i - 2][j - 2] + 1);
      }
    }
  }
  return at[a.size()][b.size()];
}

std::string did_you_mean(std::string_view typed, std::span<const std::string> known) {
  const auto nearest = nearest_word(typed, known);
  return nearest ? fmt::format("; did you mean {}?", *nearest) : "";
}

std::vector<std::string> commands_of(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::App* command : app.get_subcommands({})) {
    out.push_back(command->get_name());
  }
  return out;
}

/// The first word that looks like an option but is not one of the command.
std::optional<std::string> unknown_option(const CLI::App& command,
                                          std::span<const std::string> words) {
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    const bool long_one = name.starts_with("--") && name.size() > 2;
    const bool short_one = name.size() > 1 && name[0] == '-' && std::isalpha(name[1]) != 0;
    if ((long_one || short_one) &&
        command.get_option_no_throw(long_one ? name : name.substr(0, 2)) == nullptr) {
      return name;
    }
  }
  return std::nullopt;
}

/// Rewords CLI11's "Could not convert: --seed = abc".
std::string explain_conversion(std::string_view said) {
  const std::size_t colon = said.find(": ");
  const std::size_t equals = said.find(" = ");
  if (colon == std::string_view::npos || equals == std::string_view::npos) {
    return std::string(said);
  }
  return fmt::format("{}: \"{}\" is not a whole number, or too large",
                     said.substr(colon + 2, equals - colon - 2), said.substr(equals + 3));
}

std::string what_is_wrong(const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) {
    return explain_conversion(error.what());
  }
  return error.what();
}

std::string explain(const CLI::App& command, std::span<const std::string> words,
                    const CLI::ParseError& error) {
  const std::string help = fmt::format("passbook {} --help", command.get_name());
  std::vector<std::string> known;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      known.push_back("--" + name);
    }
  }
  if (const auto unknown = unknown_option(command, words)) {
    return fmt::format("{} has no option {}{} ({} lists them)", command.get_name(), *unknown,
                       did_you_mean(*unknown, known), help);
  }
  return fmt::format("{} (see {})", what_is_wrong(error), help);
}

}  // namespace

CLI::App& add_command(CLI::App& app, const char* name, const CommandHelp& help) {
  CLI::App& command = *app.add_subcommand(name, fmt::format("{}\n\n{}", help.summary, help.text));
  command.footer(help.examples);
  return command;
}

void lay_out_help(CLI::App& app) {
  app.formatter(std::make_shared<HelpLayout>());
  app.set_help_flag("-h,--help", "show this and exit");
}

CLI::Validator at_least(std::uint64_t least) {
  return {
      [least](const std::string& text) {
        std::uint64_t value = 0;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool right = failure == std::errc{} && end == text.data() + text.size();
        return right && value >= least
                   ? std::string()
                   : fmt::format("must be a whole number of at least {}, not \"{}\"", least, text);
      },
      ""};
}

CLI::Validator one_of(std::vector<std::string> words) {
  return {[words = std::move(words)](const std::string& text) {
            return std::ranges::find(words, text) != words.end()
                       ? std::string()
                       : fmt::format("must be {}, not \"{}\"", fmt::join(words, " or "), text);
          },
          ""};
}

std::optional<std::string> nearest_word(std::string_view typed,
                                        std::span<const std::string> known) {
  const auto far = [&](const std::string& word) { return distance(typed, word); };
  const auto nearest = std::ranges::min_element(known, {}, far);
  // A third of the letters may be wrong: "stauts" means status, "pay" means nothing.
  return nearest != known.end() && far(*nearest) <= std::max<std::size_t>(1, nearest->size() / 3)
             ? std::optional(*nearest)
             : std::nullopt;
}

std::optional<int> read_command_line(CLI::App& app, int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && words.front() == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  if (words.empty()) {
    return complain("no command given; see passbook --help", kBadUsage);
  }
  const std::vector<std::string> commands = commands_of(app);
  const std::string first = words.front();
  if (!first.starts_with('-') && std::ranges::find(commands, first) == commands.end()) {
    return complain(fmt::format("there is no command \"{}\"{} (passbook --help lists them)", first,
                                did_you_mean(first, commands)),
                    kBadUsage);
  }
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // CLI11 wants them reversed
  } catch (const CLI::Success& success) {
    return app.exit(success);  // --help and --version
  } catch (const CLI::ParseError& error) {
    const CLI::App* command = first.starts_with('-') ? nullptr : app.get_subcommand(first);
    return complain(command == nullptr ? fmt::format("{} (see passbook --help)", error.what())
                                       : explain(*command, std::span(words).subspan(1), error),
                    kBadUsage);
  }
  return std::nullopt;
}

}  // namespace passbook
