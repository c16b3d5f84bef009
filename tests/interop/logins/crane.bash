# crane: its login only writes the credential down.
. "$(dirname "$0")/logins.bash"

log_in() { crane auth login --username "$1" --password-stdin "$REGISTRY"; }
log_out() { crane auth logout "$REGISTRY"; }
push() {
  rm -rf image && image image --bytes $((1000 + RANDOM)) >/dev/null && crane push image "$REGISTRY/$1:$2"
}
pull() {
  rm -rf pulled
  crane pull --format oci "$REGISTRY/$1:$2" pulled >&2 && digest_in_layout pulled
}

check_logins
check_anonymous
