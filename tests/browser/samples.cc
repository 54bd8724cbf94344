// SPDX-License-Identifier: Apache-2.0
// picture_samples FOLDER: pages and stills of made-up traces, and what the tests of the page expect
// of the small one.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "lab/picture/facts.h"
#include "lab/picture/page.h"
#include "lab/picture/still.h"
#include "lab/picture/testing_traces.h"
#include "lab/trace/order.h"

namespace passbook::picture {
namespace {

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

/// For each event: the events of its causal past, and its vector clock.
std::string expected(const trace::Trace& trace) {
  std::string out;
  trace::VectorClocks clocks(trace);
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    const std::vector<bool> flags = causal_past(trace, i);
    std::vector<std::size_t> past;
    for (std::size_t j = 0; j < flags.size(); ++j) {
      if (flags[j]) {
        past.push_back(j);
      }
    }
    out += fmt::format("{}{{\"past\":{},\"clock\":{}}}", i == 0 ? "[" : ",\n", past, clocks.next());
  }
  return out + "]\n";
}

void write_all(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const std::pair<const char*, trace::Trace> traces[] = {
      {"small", testing_traces::small()},
      {"faults", testing_traces::with_faults()},
      {"large", testing_traces::large(50, 100, 200)}};
  for (const auto& [name, trace] : traces) {
    write(folder / fmt::format("{}.html", name),
          html_page(trace, {.title = fmt::format("Passbook: {} sample", name)}));
    write(
        folder / fmt::format("{}.svg", name),
        still_svg(trace, {.title = fmt::format("Passbook: {} sample", name), .most_events = 600}));
  }
  write(folder / "small.json", expected(traces[0].second));
}

}  // namespace
}  // namespace passbook::picture

int main(int count, char** arguments) {
  if (count != 2) {
    fmt::print(stderr, "usage: picture_samples FOLDER\n");
    return 2;
  }
  passbook::picture::write_all(arguments[1]);
  return 0;
}
