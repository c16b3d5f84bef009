#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

// How the commands talk to people.
namespace gantry::cli {

// "0 B", "1023 B", "1.5 KiB", "12.0 GiB".
std::string BytesText(int64_t bytes);

// Lines of columns, each as wide as its widest cell, two blanks between; the first row is the head.
std::string TableText(const std::vector<std::vector<std::string>>& rows);

// Prints "gantry: <message>" on standard error and returns the exit code for the error: kUsage for
// a wrong configuration, else kFailed.
int Complain(const Error& error);

}  // namespace gantry::cli
