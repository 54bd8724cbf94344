// SPDX-License-Identifier: Apache-2.0
#include "lab/picture/page.h"

#include <gmock/gmock.h>

#include <regex>
#include <set>

#include "lab/picture/page_parts.h"
#include "lab/picture/testing_traces.h"

namespace passbook::picture {
namespace {

using testing::HasSubstr;
using testing::Not;

std::set<std::string> all(const std::string& text, const char* pattern) {
  std::set<std::string> out;
  const std::regex wanted(pattern);
  for (std::sregex_iterator at(text.begin(), text.end(), wanted), end; at != end; ++at) {
    out.insert((*at)[1]);
  }
  return out;
}

TEST(HtmlPage, LoadsNothing) {
  const std::string page = html_page(testing_traces::small(), {});
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(all(page, "((?:https?:)?//[a-z][a-z0-9.]*\\.[a-z]+)"),
              testing::ElementsAre("http://www.w3.org"));  // the name of SVG
  EXPECT_THAT(all(page, "(src=|href=|@import|url\\(|fetch\\(|XMLHttp)"), testing::IsEmpty());
}

TEST(HtmlPage, HasAllItsParts) {
  const std::string page = html_page(testing_traces::small(), {.title = "My bank"});
  EXPECT_THAT(page, HasSubstr("<title>My bank</title>"));
  EXPECT_THAT(page, HasSubstr("\"title\":\"My bank\""));
  for (const char* mark : {"@title@", "@styles@", "@script@", "@trace@"}) {
    EXPECT_THAT(page, Not(HasSubstr(mark)));
  }
}

TEST(HtmlPage, ShowsATitleAsItIs) {
  const std::string page =
      html_page(testing_traces::small(), {.title = "</title><script> @trace@"});
  EXPECT_THAT(page, HasSubstr("<title>&lt;/title&gt;&lt;script&gt; @trace@</title>"));
  EXPECT_THAT(page, Not(HasSubstr("</title><script>")));
}

TEST(HtmlPage, EndsItsScriptsOnlyWhereTheyEnd) {
  const std::string page = html_page(testing_traces::small(), {.title = "</script>"});
  std::size_t ends = 0;
  for (std::size_t at = 0; (at = page.find("</script", at)) != std::string::npos; ++at) {
    ++ends;
  }
  EXPECT_EQ(ends, 2U);
}

TEST(HtmlPage, HasEveryElementThatItsScriptsAskFor) {
  const std::string script = kPageScript;
  auto asked = all(script, "(?:byId|getElementById)\\('([a-z-]+)'\\)");
  asked.merge(all(script, "querySelector(?:All)?\\('#([a-z-]+)"));
  EXPECT_GT(asked.size(), 20U);
  const auto there = all(kPageHtml, " id=\"([a-z-]+)\"");
  for (const std::string& id : asked) {
    EXPECT_TRUE(there.contains(id)) << id;
  }
}

TEST(HtmlPage, OfALargeBankIsBelowFiveMegabytes) {
  EXPECT_LT(html_page(testing_traces::large(50, 100, 200), {}).size(), 5'000'000U);
}

}  // namespace
}  // namespace passbook::picture
