// SPDX-License-Identifier: Apache-2.0
// What a block costs: to hash, with the functions that could be used for it, to build, to check and
// to read.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#ifdef PASSBOOK_HAS_SODIUM
#include <sodium.h>
#endif

#include <algorithm>
#include <array>
#include <string>

#include "base/random.h"
#include "ledger/block.h"
#include "ledger/block_builder.h"

namespace passbook {
namespace {

constexpr Origin kOrigin{BranchId{1}};

using Output = std::array<unsigned char, 64>;

template <class Hash>
void hash_bytes(benchmark::State& state, Hash hash) {
  const std::string bytes(static_cast<std::size_t>(state.range(0)), 'x');
  while (state.KeepRunning()) {
    Output out = hash(bytes);
    benchmark::DoNotOptimize(out);
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

Output own(const std::string& bytes) {
  Output out{};
  std::ranges::copy(digest_of(bytes).bytes, out.begin());
  return out;
}

Output by_evp(const std::string& bytes, const EVP_MD* kind) {
  Output out;
  EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, kind, nullptr);
  return out;
}

Output evp_sha256(const std::string& bytes) {
  static const EVP_MD* const kKind = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return by_evp(bytes, kKind);
}

Output evp_blake2b(const std::string& bytes) {
  static const EVP_MD* const kKind = EVP_MD_fetch(nullptr, "BLAKE2B512", nullptr);
  return by_evp(bytes, kKind);
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(200)->Arg(1024)->Arg(64 << 10)->Arg(768 << 10);
}

BENCHMARK_CAPTURE(hash_bytes, digest_of, own)->Apply(sizes);
BENCHMARK_CAPTURE(hash_bytes, openssl_evp_sha256, evp_sha256)->Apply(sizes);
BENCHMARK_CAPTURE(hash_bytes, openssl_evp_blake2b_512, evp_blake2b)->Apply(sizes);

#ifdef PASSBOOK_HAS_SODIUM
const unsigned char* data_of(const std::string& bytes) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Output sodium_blake2b(const std::string& bytes) {
  Output out;
  crypto_generichash(out.data(), 32, data_of(bytes), bytes.size(), nullptr, 0);
  return out;
}

Output sodium_sha256(const std::string& bytes) {
  Output out;
  crypto_hash_sha256(out.data(), data_of(bytes), bytes.size());
  return out;
}

BENCHMARK_CAPTURE(hash_bytes, libsodium_blake2b_256, sodium_blake2b)->Apply(sizes);
BENCHMARK_CAPTURE(hash_bytes, libsodium_sha256, sodium_sha256)->Apply(sizes);
#endif

EntryDraft deposit(std::uint32_t i, bool request) {
  EntryDraft out{
      .change = Deposit{AccountId{1 + i % 77}, Money{1 + i}}, .request = {}, .stamp_offset = i};
  if (request) {
    out.request = RequestId{kOrigin, {CustomerId{i}, 7}, i};
  }
  return out;
}

BlockBuilder full_builder(std::uint32_t entries, bool requests) {
  BlockBuilder builder({.origin = kOrigin,
                        .process = {.counter = 1, .nonce = 2},
                        .first = Sequence{1},
                        .stamp = Stamp{1},
                        .dependencies = {},
                        .previous = {}});
  for (std::uint32_t i = 0; i < entries; ++i) {
    builder.add(deposit(i, requests));
  }
  return builder;
}

/// Arguments: entries, and whether each answers a request.
Block sample(const benchmark::State& state) {
  return full_builder(static_cast<std::uint32_t>(state.range(0)), state.range(1) != 0).finish();
}

void report(benchmark::State& state, const Block& block) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(block.bytes().size()));
}

void build(benchmark::State& state) {
  while (state.KeepRunning()) {
    benchmark::DoNotOptimize(sample(state));
  }
  report(state, sample(state));
}

/// With a copy of the bytes, which a receiver gets for nothing.
void parse(benchmark::State& state) {
  const Block block = sample(state);
  while (state.KeepRunning()) {
    benchmark::DoNotOptimize(Block::parse(std::string(block.bytes())));
  }
  report(state, block);
}

void read(benchmark::State& state) {
  const Block block = sample(state);
  while (state.KeepRunning()) {
    for (const Entry& entry : block.entries()) {
      benchmark::DoNotOptimize(entry);
    }
  }
  report(state, block);
}

void shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"entries", "requests"})
      ->Args({1, 1})
      ->Args({1000, 0})
      ->Args({1000, 1})
      ->Args({8000, 1});
}

BENCHMARK(build)->Apply(shapes);
BENCHMARK(parse)->Apply(shapes);
BENCHMARK(read)->Apply(shapes);

}  // namespace
}  // namespace passbook

int main(int argc, char** argv) {
#ifdef PASSBOOK_HAS_SODIUM
  if (sodium_init() < 0) {
    return 1;
  }
#endif
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
