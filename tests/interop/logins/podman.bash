# podman: its login asks /v2/ with the credential.
. "$(dirname "$0")/logins.bash"
podman_in() {
  local store=$1
  shift
  command podman --root "$WORK/$store" --runroot "$WORK/$store.run" --storage-driver vfs \
    --events-backend none --cgroup-manager cgroupfs --tmpdir "$WORK/$store.tmp" "$@"
}

log_in() { podman_in here login --tls-verify=false --username "$1" --password-stdin "$REGISTRY"; }
log_out() { podman_in here logout "$REGISTRY"; }
push() {
  mkdir -p context && random_file context/file 2000 &&
    printf 'FROM scratch\nCOPY file /\n' >context/Containerfile &&
    podman_in here build -q -t "$REGISTRY/$1:$2" context &&
    podman_in here push -q --tls-verify=false "$REGISTRY/$1:$2"
}
pull() {
  podman_in there rmi -af >&2
  podman_in there pull -q --tls-verify=false "$REGISTRY/$1:$2" >&2 &&
    podman_in there inspect --format '{{.Digest}}' "$REGISTRY/$1:$2"
}

check_logins
check_anonymous
