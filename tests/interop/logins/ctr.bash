# ctr of containerd keeps no credential: each command is given one.
[ -n "${GANTRY_INTEROP_CONTAINERD:-}" ] ||
  GANTRY_INTEROP_CONTAINERD=1 exec "$(dirname "$0")/../../support/with" containerd -- bash "$0" "$@"
. "$(dirname "$0")/logins.bash"

log_in() { user=(--user "$1:$(cat)"); }
log_out() { user=(); }
user=()
push() {
  rm -rf image && image image --bytes $((1000 + RANDOM)) --tag "$2" >/dev/null && tar -C image -cf image.tar . &&
    ctr images import --base-name "$REGISTRY/$1" image.tar &&
    ctr images push --plain-http "${user[@]}" "$REGISTRY/$1:$2"
}
pull() {
  ctr images ls -q | xargs -r ctr images rm --sync >&2
  ctr images pull --plain-http "${user[@]}" "$REGISTRY/$1:$2" >&2 &&
    ctr images ls | awk -v ref="$REGISTRY/$1:$2" '$1 == ref {print $3}'
}

check_logins
check_anonymous
