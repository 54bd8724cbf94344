// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/arguments.h"
#include "app/command_line.h"
#include "app/commands.h"
#include "app/result_file.h"
#include "lab/picture/page.h"
#include "lab/picture/still.h"
#include "lab/picture/words.h"
#include "lab/trace/shiviz.h"
#include "lab/trace/trace_file.h"

namespace passbook {
namespace {

constexpr CommandHelp kHelp{
    .summary = "Draw what the processes of a bank did",
    .text = R"(Reads what run, simulate, branch and customer write with --trace, and makes a page,
a still picture, or a log for ShiViz.)",
    .examples = R"(  passbook run scenarios/sample.json --trace trace.jsonl
  passbook trace trace.jsonl --html trace.html     a page for any browser
  passbook trace trace.jsonl --svg trace.svg       a picture for a report
  passbook trace trace.jsonl --as shiviz > shiviz.log
)"};

struct Typed {
  std::vector<std::string> files;
  std::optional<std::string> html;
  std::optional<std::string> svg;
  std::optional<std::string> as;
  std::optional<std::string> title;
};

using Error = std::unexpected<std::string>;

std::expected<trace::Trace, std::string> read(const std::vector<std::string>& files) {
  std::vector<trace::TraceText> texts;
  for (const std::string& file : files) {
    auto content = read_file(file);
    if (!content) {
      return Error(content.error());
    }
    texts.push_back({file, std::move(*content)});
  }
  return trace::read_trace(texts);
}

std::expected<void, std::string> write(const std::optional<std::string>& path, auto make) {
  if (!path) {
    return {};
  }
  auto file = ResultFile::prepare(*path);
  return file ? file->commit(make()) : Error(file.error());
}

int run(const Typed& typed) {
  if (!typed.html && !typed.svg && !typed.as) {
    return complain("trace needs --html, --svg or --as", kBadUsage);
  }
  const auto trace = read(typed.files);
  if (!trace) {
    return complain(trace.error(), kBadUsage);
  }
  const std::string title = typed.title.value_or("Passbook: " + picture::summary_of(*trace));
  for (const auto& written :
       {write(typed.html, [&] { return picture::html_page(*trace, {.title = title}); }),
        write(typed.svg, [&] { return picture::still_svg(*trace, {.title = title}); })}) {
    if (!written) {
      return complain(written.error(), kFailed);
    }
  }
  if (typed.as) {
    const std::string text =
        *typed.as == "shiviz" ? trace::as_shiviz(*trace) : trace::write_file(*trace);
    std::fputs(text.c_str(), stdout);
  }
  return kDone;
}

}  // namespace

Command add_trace(CLI::App& app) {
  auto typed = std::make_shared<Typed>();
  CLI::App& sub = add_command(app, "trace", kHelp);
  add_value(sub, "FILE", typed->files, "one or more traces of one bank")->required();
  add_value(sub, "--html FILE", typed->html, "write one self-contained page");
  add_value(sub, "--svg FILE", typed->svg, "write a still picture");
  add_value(sub, "--title TEXT", typed->title, "the title of the page or picture");
  add_value(sub, "--as FORMAT", typed->as, "print shiviz, or jsonl: all traces in one")
      ->check(one_of({"shiviz", "jsonl"}));
  return [typed] { return run(*typed); };
}

}  // namespace passbook
