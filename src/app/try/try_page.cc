// SPDX-License-Identifier: Apache-2.0
#include "app/try/try_page.h"

#include <fmt/format.h>

#include <cctype>
#include <set>

#include "base/plural.h"
#include "lab/picture/still.h"
#include "lab/picture/words.h"
#include "lab/scenario/scenario_writer.h"
#include "lab/sim/play.h"
#include "lab/trace/order.h"
#include "lab/trace/trace_file.h"

namespace passbook {
namespace {

using picture::escaped;

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --ground: #fbfaf7; --ink: #1b2129; --soft: #535d69;
  --line: #d5d2ca; --good: #16653a; --bad: #a01b2b; --sheet: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14181d; --ink: #e7ebf0; --soft: #a4afbc; --line: #36404b; --good: #6fd39b;
    --bad: #ff9aa5; --sheet: #1b2128; } }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 4rem; background: var(--ground);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
p.soft { color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; } caption { text-align: left; color: var(--soft); }
th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.good { color: var(--good); } .bad { color: var(--bad); }
pre { background: var(--sheet); border: 1px solid var(--line); padding: .7rem 1rem;
  overflow-x: auto; font-size: .875rem; }
img { max-width: 100%; height: auto; }
)";

/// For a URL (RFC 3986).
std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += fmt::format("%{:02X}", byte);
    }
  }
  return out;
}

std::string_view class_of(const std::string& result) { return result == "right" ? "good" : "bad"; }

/// A part that is wider than a narrow screen scrolls by itself, also with the keyboard.
std::string wide(std::string_view name, const std::string& inside) {
  return fmt::format(
      "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">{}</div>\n",
      escaped(name), inside);
}

std::string table_of_one(const TryPage& page) {
  std::string rows;
  for (const TryResult& result : page.results) {
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"{}\">{}</td><td class=\"number\">{:.1f} s</td>"
        "<td>{}</td></tr>\n",
        escaped(result.on), class_of(result.result), escaped(result.result), result.seconds,
        escaped(fmt::format("{}", fmt::join(result.faults, "; "))));
  }
  return wide(
      "Results",
      "<table><thead><tr><th scope=\"col\">case</th><th scope=\"col\">result</th>"
      "<th scope=\"col\">time</th><th scope=\"col\">what was found</th></tr></thead><tbody>" +
          rows + "</tbody></table>");
}

std::string table_of_many(const TryPage& page, const std::set<std::string>& programs) {
  std::string head;
  for (const std::string& on : page.cases) {
    head += fmt::format("<th scope=\"col\">{}</th>", escaped(on));
  }
  std::string rows;
  for (const std::string& program : programs) {
    rows += fmt::format("<tr><th scope=\"row\">{}</th>", escaped(program));
    for (const std::string& on : page.cases) {
      const TryResult* result = find_result(page.results, program, on);
      rows += result == nullptr ? std::string("<td>not tried</td>")
                                : fmt::format("<td class=\"{}\">{}</td>", class_of(result->result),
                                              escaped(result->result));
    }
    const Score score = score_of(page.results, program, page.cases, page.points);
    rows += fmt::format("<td class=\"number\">{:g} of {:g}</td></tr>\n", score.points, score.most);
  }
  return wide(
      "Results",
      fmt::format("<table><thead><tr><th scope=\"col\">program</th>{}<th scope=\"col\">points"
                  "</th></tr></thead><tbody>{}</tbody></table>",
                  head, rows));
}

std::string answers_of(const Judged& judged) {
  std::string rows;
  for (const JudgedEvent& event : judged.verdict.events) {
    rows += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"{}\">{}</td><td>{}</td></tr>\n",
        event.customer.value, event.event, escaped(event.request), event.right ? "good" : "bad",
        escaped(event.actual.empty() ? "none" : event.actual),
        escaped(event.expected.empty() ? "more than one answer may be right" : event.expected));
  }
  return wide("Answers",
              "<table><thead><tr><th scope=\"col\">customer</th><th scope=\"col\">event</th>"
              "<th scope=\"col\">request</th><th scope=\"col\">the program's answer</th>"
              "<th scope=\"col\">right answer</th></tr></thead><tbody>" +
                  rows + "</tbody></table>");
}

std::string section_of(const Found& found) {
  const TryCase& on = found.smallest;
  const Attempt& attempt = *found.repeats.failure;
  std::string out =
      fmt::format("<h2>{}: {}</h2>\n", escaped(on.name), escaped(attempt.faults.front().what));
  out += fmt::format("<p>The scenario below, made smaller, showed this in {} of {}.</p>\n",
                     found.repeats.failures,
                     plural(static_cast<std::size_t>(found.repeats.runs), "run"));
  if (!on.wants.empty()) {
    out += fmt::format("<p>What is wanted here: {}.</p>\n", escaped(on.wants));
  }
  out += fmt::format("<pre tabindex=\"0\" aria-label=\"The scenario\">{}</pre>\n",
                     escaped(write_scenario(on.scenario)));
  if (attempt.judged && attempt.judged->ruling == Ruling::wrong) {
    out += answers_of(*attempt.judged);
  } else if (!attempt.error_tail.empty()) {
    out += fmt::format(
        "<p>Standard error ended with</p>\n"
        "<pre tabindex=\"0\" aria-label=\"Standard error\">{}</pre>\n",
        escaped(attempt.error_tail));
  }
  if (const auto picture = picture_of_right_run(on.scenario)) {
    out += fmt::format(
        "<p>A right run of it:</p>\n<img alt=\"Space-time diagram of a right run of {}\" "
        "src=\"data:image/svg+xml,{}\">\n",
        escaped(on.name), percent_encoded(*picture));
  }
  return out;
}

}  // namespace

std::expected<std::string, std::string> picture_of_right_run(const Scenario& scenario) {
  sim::PlayOptions options;
  options.schedule = default_schedule(scenario.dialect);
  options.trace = true;
  const sim::Played played =
      sim::play(scenario, options, [](std::size_t, std::size_t, const Performed&) {});
  const auto [branches, accounts] = trace::parts_of(bank_of(scenario));
  const auto trace = trace::in_causal_order(branches, accounts, played.result.trace);
  if (!trace) {
    return std::unexpected(trace.error());
  }
  return picture::still_svg(*trace, {.title = "A right run"});
}

std::string as_html(const TryPage& page) {
  std::set<std::string> programs;
  std::size_t right = 0;
  for (const TryResult& result : page.results) {
    programs.insert(result.program);
    right += result.result == "right" ? 1 : 0;
  }
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}</title>\n<style>{1}</style></head>\n<body><main>\n<h1>{0}</h1>\n"
      "<p class=\"soft\">{2} of {3} right</p>\n",
      escaped(page.title), kStyle, right, plural(page.results.size(), "run"));
  const bool one = programs.size() == 1 && programs.contains("");
  out += one ? table_of_one(page) : table_of_many(page, programs);
  for (const Found& found : page.found) {
    out += section_of(found);
  }
  return out + "</main></body></html>\n";
}

}  // namespace passbook
