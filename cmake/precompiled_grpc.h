// SPDX-License-Identifier: Apache-2.0
// What nearly every file that speaks gRPC uses, compiled once.
#pragma once
#include <grpcpp/grpcpp.h>

#include "precompiled.h"
