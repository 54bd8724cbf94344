// SPDX-License-Identifier: Apache-2.0
// The names of acts, messages and processes in files and pictures.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lab/trace/trace.h"

namespace passbook::trace {

/// "send", "receive", ...: as in Act.
std::string_view to_string(Act act);
std::optional<Act> parse_act(std::string_view word);

/// "deposit", "ask_end", ...: as in Message.
std::string_view to_string(Message message);
std::optional<Message> parse_message(std::string_view word);

/// "branch 2", "customer 1".
std::string to_string(Process process);
std::optional<Process> parse_process(std::string_view text);

/// "2.7": entry 7 of branch 2; "2'3.7" when that is its third incarnation.
std::string to_string(const EntryId& entry);

}  // namespace passbook::trace
