// SPDX-License-Identifier: Apache-2.0
#include "app/report.h"

#include <fmt/format.h>

#include "app/arguments.h"
#include "lab/scenario/json_tree.h"

namespace passbook {
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string join(const std::vector<std::string>& items, std::string_view between) {
  std::string out;
  for (const std::string& item : items) {
    out += (out.empty() ? std::string() : std::string(between)) + item;
  }
  return out;
}

std::string answer(const Listing& listing, const CustomerEvent& event, const EventResult& result) {
  std::string out = fmt::format("{{\"customer\":{}", listing.customer.value);
  if (event.id) {
    out += fmt::format(",\"event\":{}", *event.id);
  }
  out += fmt::format(",\"interface\":\"{}\",\"branch\":{}", to_string(event.interface),
                     event.branch.value);
  if (event.interface != Interface::query) {
    out += fmt::format(",\"money\":{}", to_string(event.money));
  }
  out += fmt::format(",\"result\":\"{}\"", to_string(result.result));
  if (result.balance) {
    out += fmt::format(",\"balance\":{}", to_string(*result.balance));
  }
  if (!result.reason.empty()) {
    out += fmt::format(",\"reason\":{}", json_string(result.reason));
  }
  return out + "}";
}

std::vector<std::string> answers(const RunDescription& about, const RunReport& report) {
  std::vector<std::string> out;
  for (std::size_t l = 0; l < about.scenario.listings.size(); ++l) {
    const Listing& listing = about.scenario.listings[l];
    for (std::size_t e = 0; e < listing.events.size(); ++e) {
      out.push_back(answer(listing, listing.events[e], report.performed[l][e].result));
    }
  }
  return out;
}

std::vector<std::string> finals(const RunReport& report) {
  std::vector<std::string> out;
  for (const auto& [branch, balance, why] : report.finals) {
    out.push_back(
        balance ? fmt::format("{{\"branch\":{},\"balance\":{}}}", branch.value, to_string(*balance))
                : fmt::format("{{\"branch\":{},\"balance\":null,\"reason\":{}}}", branch.value,
                              json_string(why)));
  }
  return out;
}

/// The members of the report that occur once.
std::string summary(const RunDescription& about, const RunReport& report) {
  std::vector<std::string> broken;
  for (const BrokenGuarantee& one : report.broken) {
    broken.push_back(describe(about.scenario, one));
  }
  const auto output = written_to(about, report);
  std::string out = fmt::format(
      "\"file\":{},\"output\":{},\"schedule\":\"{}\",\"style\":\"{}\",\"ack\":\"{}\","
      "\"consistency\":\"{}\"",
      json_string(about.file), output ? json_string(*output) : "null",
      to_string(about.options.schedule), to_string(about.style), to_string(about.options.ack),
      describe(about.options.guarantees));
  out += fmt::format(",\"agree\":{},\"broken_guarantees\":{},\"notes\":{},\"warnings\":{}",
                     report.agree(), json_array(broken), json_array(about.notes),
                     json_array(about.warnings));
  out += fmt::format(",\"failure\":{},\"last_words\":{}",
                     report.failure ? json_string(*report.failure) : "null",
                     json_array(report.last_words));
  out += fmt::format(",\"answered\":{},\"cut_off\":{},\"not_begun\":{}", report.answered,
                     report.cut_off, report.not_begun);
  return out +
         fmt::format(",\"seconds\":{{\"start_up\":{:.6f},\"events\":{:.6f},\"total\":{:.6f}}}",
                     seconds(report.start_up), seconds(report.events), seconds(report.total));
}

}  // namespace

std::optional<std::string> written_to(const RunDescription& about, const RunReport& report) {
  if (about.output.empty() ||
      (!report.complete() && (report.answered == 0 || about.output == "-"))) {
    return std::nullopt;
  }
  return report.complete() ? about.output : about.output + kPartial;
}

bool succeeded(const RunReport& report) {
  const auto is_success = [](const Performed& performed) {
    return performed.result.reason.empty() ||
           performed.result.reason == to_string(Outcome::insufficient_funds);
  };
  return !report.failure && report.agree() &&
         std::ranges::all_of(report.performed, [&](const auto& listing) {
           return std::ranges::all_of(listing, is_success);
         });
}

std::string report_as_json(const RunDescription& about, const RunReport& report,
                           const std::string& more) {
  return fmt::format("{{\n\"answers\":[\n{}\n],\n\"finals\":[\n{}\n],\n{}{}\n}}\n",
                     join(answers(about, report), ",\n"), join(finals(report), ",\n"),
                     summary(about, report), more);
}

std::string report_as_json_lines(const RunDescription& about, const RunReport& report,
                                 const std::string& more) {
  std::string out;
  for (const std::string& line : answers(about, report)) {
    out += line + "\n";
  }
  for (const std::string& line : finals(report)) {
    out += line + "\n";
  }
  return out + "{" + summary(about, report) + more + "}\n";
}

}  // namespace passbook
