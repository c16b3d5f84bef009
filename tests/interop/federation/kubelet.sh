# kubelet: what its exec plugin protocol says, with the program as the plugin, and a pull with the answer.
. "$(dirname "$0")/../lib.sh"

request() { # VERSION TOKEN_FILE
  printf '{"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/%s",' "$1"
  printf '"image":"%s/%s/app:v1","serviceAccountToken":"%s"}' "$REGISTRY" "$REPO" "$(cat "$2")"
}
auth() { json response.json "d[\"auth\"][\"$REGISTRY\"][\"$1\"]"; }

for version in v1 v1beta1 v1alpha1; do
  request $version "$ID_TOKEN_FILE" | "$GANTRY" credential-provider --trust ci --plain-http >response.json
  same "version" "credentialprovider.kubelet.k8s.io/$version" "$(json response.json 'd["apiVersion"]')"
  same "how long it is good" 3300s "$(json response.json 'd["cacheDuration"]')"
done
case_done "a service account's token becomes a password"

image layout >/dev/null
skopeo copy -q --dest-tls-verify=false --dest-creds "$(auth username):$(auth password)" oci:layout:v1 "docker://$REGISTRY/$REPO/app:v1"
skopeo inspect --tls-verify=false --creds "$(auth username):$(auth password)" "docker://$REGISTRY/$REPO/app:v1" >/dev/null
case_done "push and pull with it"

request v1 "$FOREIGN_TOKEN_FILE" | "$GANTRY" credential-provider --trust ci --plain-http >out 2>err &&
  fail "a token that no trust takes was exchanged"
[ ! -s out ] && grep -q "does not take the token" err || fail "$(cat out err)"
case_done "a token that no trust takes"
