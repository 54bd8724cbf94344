// SPDX-License-Identifier: Apache-2.0
#include "lab/picture/still.h"

#include <gmock/gmock.h>

#include "lab/picture/testing_traces.h"
#include "lab/picture/words.h"

namespace passbook::picture {
namespace {

using testing::HasSubstr;
using testing::Not;
using trace::Act;
using trace::Event;
using trace::Trace;

TEST(PlacedDown, GoesDownInOrder) {
  const auto placed = placed_down(testing_traces::with_faults(), 1000);
  EXPECT_TRUE(std::ranges::is_sorted(placed, {}, &Placed::event));
  EXPECT_TRUE(std::ranges::is_sorted(placed, {}, &Placed::y));
  EXPECT_EQ(placed.front().y, 0);
}

TEST(PlacedDown, KeepsTheEventsOfALaneAndTheEndsOfAMessageApart) {
  const Trace trace = testing_traces::large(9, 4, 12);
  std::map<std::size_t, int> y;
  std::map<trace::Process, int> last;
  for (const Placed& one : placed_down(trace, 5000)) {
    const trace::Process process = trace.events[one.event].process;
    if (last.contains(process)) {
      EXPECT_GE(one.y, last[process] + 5);
    }
    if (const auto cause = trace.cause[one.event]; cause && y.contains(*cause)) {
      EXPECT_GE(one.y, y[*cause] + 14);
    }
    y[one.event] = last[process] = one.y;
  }
}

TEST(PlacedDown, LeavesOutProgressAndWhatIsTooMuch) {
  const Trace trace = testing_traces::small();
  const auto all = placed_down(trace, 1000);
  for (const Placed& one : all) {
    EXPECT_NE(trace.events[one.event].message, trace::Message::progress);
  }
  const auto some = placed_down(trace, 7);
  EXPECT_EQ(some.size(), 7U);
  EXPECT_GT(all.size(), 30U);
}

/// The names of elements that are open at the end; "..." once one is closed that is not.
std::vector<std::string> left_open(std::string_view text) {
  std::vector<std::string> open;
  for (std::size_t at = 0; (at = text.find('<', at)) != std::string_view::npos;) {
    const std::size_t end = text.find('>', at);
    const std::string_view tag = text.substr(at + 1, end - at - 1);
    const std::string name{tag.substr(0, tag.find_first_of(" \n"))};
    at = end;
    if (tag.ends_with('/') || tag.starts_with('!')) {
      continue;
    }
    if (!tag.starts_with('/')) {
      open.push_back(name);
    } else if (open.empty() || "/" + open.back() != name) {
      return {"..."};
    } else {
      open.pop_back();
    }
  }
  return open;
}

TEST(StillSvg, ClosesWhatItOpens) {
  for (const Trace& trace : {testing_traces::small(), testing_traces::with_faults(), Trace{}}) {
    EXPECT_THAT(left_open(still_svg(trace, {.title = "<&>"})), testing::IsEmpty());
  }
}

TEST(StillSvg, SaysWhatItShows) {
  const std::string svg = still_svg(testing_traces::small(), {.title = "A <bank>"});
  EXPECT_THAT(svg, HasSubstr("<title id=\"title\">A &lt;bank&gt;</title>"));
  EXPECT_THAT(svg, HasSubstr("Account 1 at branch 3: 400 at first, 500 at the end."));
  EXPECT_THAT(svg, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(svg, HasSubstr(">2.1 +170 \u2192 570<"));
  EXPECT_THAT(svg, HasSubstr(">OK, 500<"));
  EXPECT_THAT(svg, HasSubstr("all replicas agree after 4.97 ms"));
  EXPECT_THAT(svg, Not(HasSubstr("left out")));
}

TEST(StillSvg, SaysWhatItLeavesOut) {
  const std::string svg = still_svg(testing_traces::small(), {.title = "", .most_events = 7});
  EXPECT_THAT(svg, HasSubstr("The first 7 events; the others are left out."));
}

TEST(StillSvg, ShowsFaultsAndWaits) {
  const std::string svg = still_svg(testing_traces::with_faults(), {});
  for (const char* what :
       {"branch 2 down", "branch 1 paused", "branch 3 cut off", "branch 4 cut off"}) {
    EXPECT_THAT(svg, HasSubstr(fmt::format("<title>{}</title>", what)));
  }
  EXPECT_THAT(svg, HasSubstr("class=\"waits\""));
}

TEST(StillSvg, ShowsMessagesThatNobodyReceives) {
  testing_traces::Notes notes(2, 0, {});
  Event ask;
  ask.message = trace::Message::rights_request;
  notes.happens(testing_traces::branch(2), Act::start, 1);
  notes.sends(testing_traces::branch(1), testing_traces::branch(2), 2, -1, ask);
  EXPECT_THAT(still_svg(std::move(notes).trace(), {}), HasSubstr("<path class=\"trouble\""));
}

TEST(Escaped, LeavesNothingThatMarkupWouldRead) {
  EXPECT_EQ(escaped("<a href='x' b=\"&\">\x01"), "&lt;a href=&#39;x&#39; b=&quot;&amp;&quot;&gt; ");
}

}  // namespace
}  // namespace passbook::picture
