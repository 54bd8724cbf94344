// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/arguments.h"
#include "app/commands.h"
#include "app/result_file.h"
#include "lab/picture/page.h"
#include "lab/picture/still.h"
#include "lab/trace/shiviz.h"
#include "lab/trace/trace_file.h"

namespace passbook {
namespace {

constexpr const char* kHelp =
    R"(Shows what the processes of a bank did: what run, simulate, branch and customer wrote with --trace.

Examples:
  passbook run scenarios/sample.json --trace trace.jsonl
  passbook trace trace.jsonl --html trace.html        a page to look at, in any browser
  passbook trace trace.jsonl --svg trace.svg          a picture for a report
  passbook trace trace.jsonl --as shiviz > shiviz.log
)";

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
    return complain("trace needs --html, --svg or --as: what shall it make?", kBadUsage);
  }
  const auto trace = read(typed.files);
  if (!trace) {
    return complain(trace.error(), kBadUsage);
  }
  const std::string title = typed.title.value_or("Passbook: " + typed.files.front());
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
  CLI::App& sub = *app.add_subcommand("trace", kHelp);
  sub.add_option("FILE", typed->files, "traces of one bank")->required();
  sub.add_option("--html", typed->html, "a page that needs nothing else goes to this file");
  sub.add_option("--svg", typed->svg, "a still picture goes to this file");
  sub.add_option("--title", typed->title, "what the page or the picture is called");
  sub.add_option("--as", typed->as, "print it as shiviz, or as jsonl: one file of all")
      ->check(CLI::IsMember({"shiviz", "jsonl"}));
  return [typed] { return run(*typed); };
}

}  // namespace passbook
