# google-auth: an external_account file as gcloud makes it, exchanged for a token; login with it.
. "$(dirname "$0")/../lib.sh"
PYTHON=$(cd "$SUPPORT/../.." && pwd)/build/tools/python/bin/python

external_account() { # TOKEN_FILE
  cat <<END
{"type": "external_account", "universe_domain": "googleapis.com",
 "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/ci",
 "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
 "token_url": "http://$REGISTRY/v1/token", "token_info_url": "http://$REGISTRY/v1/introspect",
 "credential_source": {"file": "$1"}}
END
}
exchange() { # TOKEN_FILE
  external_account "$1" >account.json
  "$PYTHON" -c 'import google.auth.identity_pool, google.auth.transport.requests
credentials = google.auth.identity_pool.Credentials.from_file("account.json", scopes=["https://www.googleapis.com/auth/cloud-platform"])
credentials.refresh(google.auth.transport.requests.Request())
print(credentials.token)' 2>error.log
}

token=$(exchange "$ID_TOKEN_FILE") || fail "$(tail -1 error.log)"
curl -sf -d "token=$token" "http://$REGISTRY/v1/introspect" >introspection.json
same "whose token it is" "workload:ci/$SUBJECT" "$(json introspection.json 'd["username"]')"
case_done "google.auth: exchange and introspection"

image layout >/dev/null
printf %s "$token" |
  skopeo login --tls-verify=false -u oauth2accesstoken --password-stdin "$REGISTRY" >/dev/null
skopeo copy -q --dest-tls-verify=false oci:layout:v1 "docker://$REGISTRY/$REPO/app:v1"
case_done "login as oauth2accesstoken, push"

exchange "$FOREIGN_TOKEN_FILE" >/dev/null && fail "a token that no trust takes was exchanged"
grep -q unauthorized_client error.log || fail "$(tail -1 error.log)"
case_done "a token that no trust takes"
