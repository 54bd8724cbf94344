// SPDX-License-Identifier: Apache-2.0
#include "lab/trial/course.h"

#include <set>

#include "lab/scenario/reader.h"
#include "lab/scenario/scenario_writer.h"

namespace passbook::trial {
namespace {

TEST(Course, EachCaseCanBeWrittenAndReadAndHasAName) {
  std::set<std::string> names;
  for (const CourseCase& each : course_cases()) {
    const auto read = read_scenario(write_scenario(each.scenario), each.name, Leniency::strict);
    ASSERT_TRUE(read) << describe(read.error());
    EXPECT_EQ(read->scenario, each.scenario) << each.name;
    EXPECT_TRUE(read->warnings.empty()) << each.name << ": " << read->warnings.front();
    EXPECT_TRUE(names.insert(each.name).second) << each.name;
    EXPECT_EQ(each.dialect == "dest", each.scenario.dialect.event_has_dest) << each.name;
  }
}

TEST(Course, AmountsAreWhole) {
  for (const CourseCase& each : course_cases()) {
    for (const Listing& listing : each.scenario.listings) {
      for (const CustomerEvent& event : listing.events) {
        EXPECT_EQ(to_string(event.money).find('.'), std::string::npos) << each.name;
      }
    }
  }
}

}  // namespace
}  // namespace passbook::trial
