// SPDX-License-Identifier: Apache-2.0
#include "lab/trial/isolation.h"

#include <algorithm>
#include <filesystem>

#include "lab/trial/child.h"

namespace passbook::trial {
namespace {

constexpr const char* kTemporaryBytes = "268435456";

}  // namespace

std::string_view to_string(Isolation isolation) {
  switch (isolation) {
    case Isolation::bubblewrap:
      return "bubblewrap";
    case Isolation::unshare:
      return "unshare";
    case Isolation::none:
      break;
  }
  return "none";
}

std::vector<std::string> isolated(Isolation isolation, const std::string& folder,
                                  const std::vector<std::string>& command) {
  std::vector<std::string> out;
  if (isolation == Isolation::bubblewrap) {
    out = {"bwrap",
           "--die-with-parent",
           "--unshare-net",
           "--unshare-pid",
           "--as-pid-1",
           "--new-session",
           "--cap-drop",
           "ALL",
           "--ro-bind",
           "/",
           "/",
           "--dev",
           "/dev",
           "--proc",
           "/proc",
           "--size",
           kTemporaryBytes,
           "--setenv",
           "TMPDIR",
           "/tmp",
           "--tmpfs",
           "/tmp",
           "--ro-bind",
           command.front(),
           command.front(),
           "--bind",
           folder,
           folder,
           "--chdir",
           folder,
           "--"};
  } else if (isolation == Isolation::unshare) {
    out = {"unshare", "--map-root-user", "--net",        "--pid",
           "--fork",  "--kill-child",    "--mount-proc", "--"};
  }
  out.insert(out.end(), command.begin(), command.end());
  return out;
}

Isolation best_isolation() {
  const std::string folder = std::filesystem::temp_directory_path();
  for (const Isolation isolation : {Isolation::bubblewrap, Isolation::unshare}) {
    if (run_quietly(isolated(isolation, folder, {"/bin/true"}))) {
      return isolation;
    }
  }
  return Isolation::none;
}

}  // namespace passbook::trial
