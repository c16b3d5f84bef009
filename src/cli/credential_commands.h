#pragma once

#include <string>

#include "cli/surroundings.h"
#include "cli/workload_token.h"

// Commands by which other programs get into a registry without a secret of their own. All return an
// ExitCode.
namespace gantry::cli {

// Prints a password for the user name oauth2accesstoken (or AWS): a token of the registry, made of
// this job's own.
int RunGetLoginPassword(const Surroundings& surroundings, const WorkloadOptions& options);

struct CredentialProviderOptions {
  // `server` is not looked at: the image says it.
  WorkloadOptions workload;
  bool plain_http = false;  // registries are asked by http
  std::string username;     // with the password in a file, instead of a token
  std::string password_file;
};

// kubelet's exec plugin: a CredentialProviderRequest (credentialprovider.kubelet.k8s.io v1,
// v1beta1, v1alpha1) on standard input, the response on standard output. The token is that of the
// request
// (`tokenAttributes` of the plugin's configuration), else that of the token file, else a user name
// and password are handed on.
int RunCredentialProvider(const Surroundings& surroundings,
                          const CredentialProviderOptions& options);

// Logs a person in with a browser, by a provider that the server knows, and keeps the token
// (credentials.h), for docker-credential-gantry too.
int RunOidcLogin(const Surroundings& surroundings, const std::string& server,
                 const std::string& provider);

// Docker's credential helper protocol, when the program is called docker-credential-gantry;
// `action` is get, store, erase, list or version. What `store` was given is answered first. Else,
// where the server is that of GANTRY_SERVER, and nowhere else, the token of this job is exchanged.
// Errors stand on standard output, as docker expects.
int RunDockerCredential(const Surroundings& surroundings, const std::string& action,
                        const std::string& version);

}  // namespace gantry::cli
