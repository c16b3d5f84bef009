# skopeo: checks a login by /v2/, and asks for a token for each repository.
. "$(dirname "$0")/logins.bash"
skopeo() { command skopeo --insecure-policy --tmpdir "$WORK" "$@"; }

log_in() { skopeo login --tls-verify=false --username "$1" --password-stdin "$REGISTRY"; }
log_out() { skopeo logout "$REGISTRY"; }
push() {
  rm -rf image && image image --bytes $((1000 + RANDOM)) --tag "$2" >/dev/null &&
    skopeo copy -q --dest-tls-verify=false "oci:image:$2" "docker://$REGISTRY/$1:$2"
}
pull() {
  rm -rf pulled
  skopeo copy -q --src-tls-verify=false "docker://$REGISTRY/$1:$2" "oci:pulled:$2" >&2 && digest_in_layout pulled
}

check_logins
check_anonymous
