// SPDX-License-Identifier: Apache-2.0
#include "lab/picture/still.h"

#include <gmock/gmock.h>

#include <regex>

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

/// The names of the elements that are open at the end, or "..." if a closing tag does not match.
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

/// The texts of all elements with `mark` in their tags.
std::vector<std::string> texts_after(std::string_view svg, std::string_view mark) {
  std::vector<std::string> out;
  for (std::size_t at = 0; (at = svg.find(mark, at)) != std::string_view::npos;) {
    at += mark.size();
    const std::size_t from = svg.find('>', at) + 1;
    out.emplace_back(svg.substr(from, svg.find('<', from) - from));
  }
  return out;
}

TEST(StillSvg, WritesNoTimeTwiceInARow) {
  testing_traces::Notes notes(1, 0, {});
  for (int i = 0; i < 12; ++i) {
    notes.happens(testing_traces::branch(1), i % 2 == 0 ? Act::pause : Act::resume, i < 10 ? 5 : 9);
  }
  EXPECT_THAT(texts_after(still_svg(std::move(notes).trace(), {}), "class=\"time\""),
              testing::ElementsAre("0 \u00b5s", "4 \u00b5s"));
}

struct Label {
  int left, right, y;
};

/// The boxes of the texts of a class, at five pixels a letter. Real letters are wider, so these
/// boxes are too narrow rather than too wide.
std::vector<Label> labels(const std::string& svg, const std::string& kind, bool ends_there) {
  std::vector<Label> out;
  const std::regex pattern("class=\"" + kind + "\" x=\"(\\d+)\" y=\"(\\d+)\">([^<]*)<");
  for (std::sregex_iterator at(svg.begin(), svg.end(), pattern), end; at != end; ++at) {
    const int x = std::stoi((*at)[1]);
    const std::string text = (*at)[3];
    const auto letters = static_cast<int>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
    out.push_back(
        {ends_there ? x - 5 * letters : x, ends_there ? x : x + 5 * letters, std::stoi((*at)[2])});
  }
  return out;
}

/// All replicas agree at the moment when the customer of the last lane gets an answer.
Trace agreeing_beside_an_answer() {
  testing_traces::Notes notes(1, 1, {});
  Event entry;
  entry.entry = testing_traces::entry_of(1, 1);
  entry.balance = Money{700};
  Event answer;
  answer.message = trace::Message::answer;
  answer.result = "OK";
  answer.balance = Money{700};
  notes.sends(testing_traces::branch(1), testing_traces::customer(1), 1, 9, answer);
  notes.happens(testing_traces::branch(1), Act::accept, 10, entry);
  return std::move(notes).trace();
}

TEST(StillSvg, WritesTheAgreementWhereNoLabelIs) {
  for (const Trace& trace :
       {testing_traces::small(), testing_traces::with_faults(), agreeing_beside_an_answer()}) {
    const std::string svg = still_svg(trace, {});
    const auto agreed = labels(svg, "agreed label", true);
    ASSERT_EQ(agreed.size(), 1U);
    auto others = labels(svg, "label", false);
    std::ranges::copy(labels(svg, "label accepted", false), std::back_inserter(others));
    EXPECT_FALSE(others.empty());
    for (const Label& other : others) {
      EXPECT_FALSE(other.left < agreed[0].right && agreed[0].left < other.right &&
                   std::abs(other.y - agreed[0].y) < 11)
          << other.left << ", " << other.y;
    }
  }
}

TEST(StillSvg, LabelsEndInThePicture) {
  testing_traces::Notes notes(5, 1, {});
  for (std::int64_t id = 1; id <= 5; ++id) {
    notes.happens(testing_traces::branch(static_cast<std::uint64_t>(id)), Act::start, id);
  }
  Event ask;
  ask.message = trace::Message::withdraw;
  ask.amount = Money{123456789012345};
  notes.sends(testing_traces::customer(1), testing_traces::branch(1), 9, 9, ask);
  const std::string svg = still_svg(std::move(notes).trace(), {});
  for (const Label& label : labels(svg, "label", false)) {
    EXPECT_LE(label.right, 900);
  }
}

TEST(StillSvg, TheLegendEndsInThePictureOfASmallBank) {
  const std::string svg = still_svg(agreeing_beside_an_answer(), {});
  std::smatch width;
  ASSERT_TRUE(std::regex_search(svg, width, std::regex("width=\"(\\d+)\"")));
  const auto legend = labels(svg, "soft", false);
  ASSERT_FALSE(legend.empty());
  for (const Label& label : legend) {
    EXPECT_LE(label.right, std::stoi(width[1]) - 14);
  }
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
