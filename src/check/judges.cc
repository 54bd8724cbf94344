#include "check/judges.h"
namespace passbook::history {
std::vector<Violation> judge(const History&, const Bounds&) { return {}; }
}  // namespace passbook::history
