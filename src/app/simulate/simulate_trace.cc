// SPDX-License-Identifier: Apache-2.0
#include "app/simulate/simulate_trace.h"

#include "lab/trace/order.h"
#include "lab/trace/trace_file.h"

namespace passbook {

using Error = std::unexpected<std::string>;

std::expected<std::optional<ResultFile>, std::string> prepare_trace(
    const std::optional<std::string>& path) {
  if (!path) {
    return std::nullopt;
  }
  auto file = ResultFile::prepare(*path);
  if (!file) {
    return Error(file.error());
  }
  return std::optional<ResultFile>(std::move(*file));
}

std::expected<void, std::string> commit_trace(ResultFile& file, const Bank& bank,
                                              const std::vector<trace::Event>& events) {
  const auto [branches, accounts] = trace::parts_of(bank);
  const auto trace = trace::in_causal_order(branches, accounts, events);
  return trace ? file.commit(trace::write_file(*trace)) : Error(trace.error());
}

}  // namespace passbook
