#include <cstdio>
#include <memory>
#include <string>

#include "cli/cli.h"
#include "cli/exit_code.h"
#include "cli/program.h"
#include "cli/text.h"
#include "server/audit_verification.h"
#include "server/backup.h"
#include "server/config.h"
#include "server/config_keys.h"
#include "server/data_folder.h"
#include "server/offline.h"
#include "server/serve.h"
#include "server/verify.h"
#include "server/yaml.h"

namespace gantry::server {
namespace {

LoadedConfig Load(const cli::ConfigOptions& options) {
  return LoadConfig({options.file, ReadEnvironment(), options.flags});
}

void Print(const std::vector<std::string>& sentences) {
  for (const std::string& sentence : sentences)
    std::fprintf(stderr, "gantry: %s\n", sentence.c_str());
}

Error BadConfig(const std::vector<std::string>& errors) {
  std::string message;
  for (const std::string& error : errors) message += (message.empty() ? "" : "\n") + error;
  return InvalidArgument("bad_config", message);
}

class GantryProgram final : public cli::Program {
 public:
  int Serve(const cli::ConfigOptions& options) override {
    const LoadedConfig loaded = Load(options);
    Print(loaded.errors);
    if (!loaded.errors.empty()) return cli::kUsage;
    return server::Serve(loaded);
  }

  int CheckConfig(const cli::ConfigOptions& options) override {
    const LoadedConfig loaded = Load(options);
    Print(loaded.errors);
    Print(loaded.warnings);
    if (!loaded.errors.empty()) return cli::kUsage;
    std::puts("the configuration is good");
    return cli::kDone;
  }

  int Verify(const cli::ConfigOptions& options, bool json) override {
    const LoadedConfig loaded = Load(options);
    if (!loaded.errors.empty()) return cli::Complain(BadConfig(loaded.errors));
    const auto verification = server::Verify(loaded.config);
    if (!verification.ok()) return cli::Complain(verification.error());
    PrintVerification(*verification, json);
    return verification->defects.empty() ? cli::kDone : cli::kDamage;
  }

  int Restore(const cli::ConfigOptions& options, const std::string& backup) override {
    const LoadedConfig loaded = Load(options);
    if (!loaded.errors.empty()) return cli::Complain(BadConfig(loaded.errors));
    const auto done = RestoreFrom(backup, loaded.config);
    if (!done.ok()) return cli::Complain(done.error());
    std::printf("%s: %s blobs, %s\n", loaded.config.data.c_str(),
                std::to_string(done->blobs).c_str(), cli::BytesText(done->blob_bytes).c_str());
    return cli::kDone;
  }

  int VerifyAudit(const std::string& folder, const std::string& public_key, bool json) override {
    const auto report = VerifyAuditLog(folder, public_key);
    if (!report.ok()) return cli::Complain(report.error());
    PrintAuditReport(*report, json);
    return report->ok() ? cli::kDone : cli::kDamage;
  }

  std::string ExampleConfig() override { return server::ExampleConfig(); }
  std::string Version() override { return GANTRY_VERSION; }

  Result<std::string> YamlAsJson(const std::string& text) override {
    return server::YamlAsJson(text);
  }

  Result<std::string> ControlSocket(const cli::ConfigOptions& options) override {
    const LoadedConfig loaded = Load(options);
    if (!loaded.errors.empty()) return BadConfig(loaded.errors);
    return server::ControlSocket(loaded.config.data);
  }

  Result<std::unique_ptr<cli::OfflineServer>> ServeOffline(
      const cli::ConfigOptions& options) override {
    const LoadedConfig loaded = Load(options);
    if (!loaded.errors.empty()) return BadConfig(loaded.errors);
    return server::ServeOffline(loaded.config);
  }
};

}  // namespace
}  // namespace gantry::server

int main(int argc, char** argv) {
  gantry::server::GantryProgram program;
  return gantry::cli::Run(argc, argv, program);
}
