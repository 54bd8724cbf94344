// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target without libFuzzer, the same way every time: `NAME_replay MUTATIONS` tries the
// seeds and so many mutations of them; `NAME_replay --write FOLDER` writes the seeds down, a file
// each.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "target.h"

namespace {

using passbook::Random;
using Seeds = std::vector<std::string>;

void run(const std::string& input) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

const std::string& any(const Seeds& seeds, Random& random) {
  return seeds[random.below(seeds.size())];
}

/// Any byte, or one that is met in such inputs.
char any_byte(const std::string& other, Random& random) {
  return other.empty() || random.chance(1, 2) ? static_cast<char>(random.below(256))
                                              : other[random.below(other.size())];
}

void mutate(std::string& text, const std::string& other, Random& random) {
  const std::size_t at = random.below(text.size() + 1);
  const std::size_t length = 1 + random.below(random.chance(3, 4) ? 2 : 40);
  switch (random.below(6)) {
    case 0:
      text.erase(at, length);
      break;
    case 1:
      text.insert(at, other.substr(random.below(other.size() + 1), length));
      break;
    case 2:
      text.insert(at, text.substr(random.below(text.size() + 1), length));
      break;
    case 3:
      text.insert(at, 1, any_byte(other, random));
      break;
    default:
      if (at < text.size()) {
        text[at] = any_byte(other, random);
      }
      break;
  }
}

void replay(const Seeds& seeds, int mutations) {
  for (const std::string& seed : seeds) {
    run(seed);
  }
  Random random(20240701);
  for (int i = 0; i < mutations; ++i) {
    std::string text = any(seeds, random);
    const std::uint64_t changes = random.chance(1, 2) ? 1 : 1 + random.below(4);
    for (std::uint64_t change = 0; change < changes; ++change) {
      mutate(text, any(seeds, random), random);
    }
    run(text);
  }
  std::printf("%zu seeds, %d mutations\n", seeds.size(), mutations);
}

void write(const Seeds& seeds, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    std::ofstream(folder / ("seed-" + std::to_string(i)), std::ios::binary) << seeds[i];
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Seeds seeds = passbook::fuzz::seeds();
  if (argc == 2) {
    replay(seeds, std::atoi(argv[1]));
  } else if (argc == 3 && std::string_view(argv[1]) == "--write") {
    write(seeds, argv[2]);
  } else {
    std::fputs("usage: NAME_replay MUTATIONS | --write FOLDER\n", stderr);
    return 2;
  }
  return 0;
}
