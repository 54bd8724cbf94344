// SPDX-License-Identifier: Apache-2.0
#include "server/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>

namespace passbook {

void start_log(std::string_view name) {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>(std::string(name), std::move(sink));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%f%z [%n] %l: %v");
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

void log_info(std::string_view message) { spdlog::default_logger_raw()->info(message); }
void log_warning(std::string_view message) { spdlog::default_logger_raw()->warn(message); }
void log_error(std::string_view message) { spdlog::default_logger_raw()->error(message); }

}  // namespace passbook
