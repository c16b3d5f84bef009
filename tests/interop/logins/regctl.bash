# regctl: its login asks /v2/.
. "$(dirname "$0")/logins.bash"
regctl registry set --skip-check --tls disabled "$REGISTRY" >/dev/null 2>&1

log_in() { regctl registry login --user "$1" --pass-stdin "$REGISTRY"; }
log_out() { regctl registry logout "$REGISTRY"; }
push() {
  rm -rf image && image image --bytes $((1000 + RANDOM)) --tag "$2" >/dev/null &&
    regctl image copy "ocidir://image:$2" "$REGISTRY/$1:$2"
}
pull() {
  rm -rf pulled
  regctl image copy "$REGISTRY/$1:$2" "ocidir://pulled:$2" >&2 && digest_in_layout pulled
}

check_logins
check_anonymous
