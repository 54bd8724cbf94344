// SPDX-License-Identifier: Apache-2.0
// The standard headers that nearly every file uses, compiled once.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <compare>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>
