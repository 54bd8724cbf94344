// SPDX-License-Identifier: Apache-2.0
// A trace and its facts as compact JSON, for the page.
#pragma once

#include <string>
#include <string_view>

#include "lab/picture/facts.h"
#include "lab/trace/trace.h"

namespace passbook::picture {

/// One JSON object in ASCII that can stand inside an HTML script element. Columns, not rows:
///
/// | member | what |
/// |---|---|
/// | title | as given |
/// | processes | [0 for a branch or 1 for a customer, id] |
/// | accounts | [id, place of the opening in money] |
/// | money | distinct amounts, as decimal text |
/// | requests | [text, place of the customer in processes, or -1] |
/// | entries | [text, place of the request that it comes from, or -1] |
/// | results | distinct texts |
/// | acts, messages | one letter an event: a + the enumerator's number, `-` for no message |
/// | kinds | the same, of the message's Kind |
/// | process | one number an event, as are the next three |
/// | at | microseconds since the earliest event; each as the difference to the event before |
/// | lamport | each as the difference to the event before at the same process, 0 before the first |
/// | cause | how many events before this one its send is; 0 for none |
/// | peer, sent, request, entry, account, amount, balance, result | see below |
/// | waits | [from, to, until's number] |
/// | faults | [kind's number, from, to or -1] |
/// | balances | [process, account, steps, each but the first as the difference to the one before] |
/// | agreed | an event, or -1 |
/// | little | microseconds |
///
/// Each of the eight optional fields of an event is two lists: the events (each but the first as
/// the difference to the previous one), and the values, which are places in the tables above. An
/// event that is not listed takes its values from its cause, if it has one: peer is the cause's
/// process, sent is its clock, and the other fields are equal. Without a cause it has no value. A
/// listed value of -1 means none, where the cause would give a wrong one.
std::string encode(const trace::Trace& trace, const Facts& facts, std::string_view title);

/// A JSON string with its quotes, in ASCII, without < and &. Invalid UTF-8 becomes U+FFFD.
std::string script_string(std::string_view text);

}  // namespace passbook::picture
