# buildah: its login is podman's, its pushes are its own.
. "$(dirname "$0")/logins.bash"
buildah_in() {
  local store=$1
  shift
  command buildah --root "$WORK/$store" --runroot "$WORK/$store.run" --storage-driver vfs "$@"
}

log_in() { buildah_in here login --tls-verify=false --username "$1" --password-stdin "$REGISTRY"; }
log_out() { buildah_in here logout "$REGISTRY"; }
push() {
  local container
  random_file file 2000 && container=$(buildah_in here from scratch) &&
    buildah_in here copy -q "$container" file /file &&
    buildah_in here commit -q --rm "$container" made &&
    buildah_in here push -q --tls-verify=false made "docker://$REGISTRY/$1:$2"
}
pull() {
  buildah_in there rmi -af >&2
  buildah_in there pull -q --tls-verify=false "docker://$REGISTRY/$1:$2" >&2 &&
    buildah_in there inspect --type image "$REGISTRY/$1:$2" | json - 'd["FromImageDigest"]'
}

check_logins
check_anonymous
