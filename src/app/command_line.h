// SPDX-License-Identifier: Apache-2.0
// How commands describe themselves and their options, the layout of --help, and the errors for
// mistyped words.
#pragma once

#include <CLI/CLI.hpp>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace passbook {

struct CommandHelp {
  const char* summary;   ///< its line in the list of commands, without a full stop
  const char* text;      ///< further paragraphs
  const char* examples;  ///< one a line, at most 78 columns wide
};

CLI::App& add_command(CLI::App& app, const char* name, const CommandHelp& help);

/// Makes --help of the program and of all commands that are added later fit 80 columns: usage
/// first, then a description, the options with their defaults, and examples.
void lay_out_help(CLI::App& app);

/// `option` is the text in --help: "--timeout TIME", or "FILE" for a positional one. The default
/// shown there is the current value of `to`.
template <typename T>
CLI::Option* add_value(CLI::App& command, std::string_view option, T& to, const std::string& text) {
  const std::size_t space = option.find(' ');
  CLI::Option* added = command.add_option(std::string(option.substr(0, space)), to, text);
  added->type_name(space == std::string_view::npos ? "" : std::string(option.substr(space + 1)));
  if constexpr (std::same_as<T, std::string>) {
    added->default_str(to);
  } else if constexpr (std::integral<T>) {
    added->default_str(to == T{} ? "" : std::to_string(to));
  }
  return added;
}

/// A validator. The ones that come with CLI11 print ranges that nobody can read.
CLI::Validator at_least(std::uint64_t least);
CLI::Validator one_of(std::vector<std::string> words);

/// The known word that was probably meant, if one is near enough.
std::optional<std::string> nearest_word(std::string_view typed, std::span<const std::string> known);

/// Reads the command line. `passbook help run` is `passbook run --help`. Returns the exit status if
/// nothing is left to do: help was asked for, or the words are wrong, as stderr explains.
std::optional<int> read_command_line(CLI::App& app, int argc, char** argv);

}  // namespace passbook
