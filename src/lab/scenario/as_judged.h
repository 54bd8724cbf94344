// SPDX-License-Identifier: Apache-2.0
// Translates the terms of scenarios and outputs into those of the grading module.
#pragma once

#include "lab/grading/sequential.h"
#include "lab/scenario/scenario.h"

namespace passbook {

inline SequentialKind kind_of(Interface interface) {
  switch (interface) {
    case Interface::query:
      return SequentialKind::query;
    case Interface::deposit:
      return SequentialKind::deposit;
    case Interface::withdraw:
      return SequentialKind::withdraw;
  }
  return SequentialKind::query;
}

inline SequentialOutcome outcome_of(ResultWord word) {
  switch (word) {
    case ResultWord::success:
      return SequentialOutcome::success;
    case ResultWord::fail:
      return SequentialOutcome::fail;
    case ResultWord::unknown:
      return SequentialOutcome::unknown;
  }
  return SequentialOutcome::unknown;
}

}  // namespace passbook
