# helm: charts; the name of a chart is the last component of its repository.
. "$(dirname "$0")/logins.bash"

log_in() { helm registry login --plain-http --username "$1" --password-stdin "$REGISTRY"; }
log_out() { helm registry logout "$REGISTRY"; }
push() {
  local name=${1##*/}
  rm -rf "$name" && helm create "$name" && helm package "$name" --version 1.0.0 &&
    helm push --plain-http "$name-1.0.0.tgz" "oci://$REGISTRY/${1%/*}"
}
pull() {
  helm pull --plain-http --version 1.0.0 -d "$(mktemp -d)" "oci://$REGISTRY/$1" 2>&1 | tee /dev/stderr |
    awk '$1 == "Digest:" {print $2}'
}

TAG=1.0.0
check_logins
