# What the client scripts share. A script is run as:  clients/NAME.sh HOST:PORT
# It may use $REGISTRY (HOST:PORT), $REPO (a repository prefix of its own, "interop/NAME"), $WORK (a
# temporary folder, which is also $HOME) and the functions below. The first thing that goes wrong ends it.
set -Eeuo pipefail

# Whether the input has such a line. Reads to its end, unlike grep -q: a writer that is cut off makes the pipe fail.
shows() { grep "$@" >/dev/null; }
trap '[ $BASH_SUBSHELL -gt 0 ] || echo "FAILED: line $LINENO: ${BASH_COMMAND%%$'"'\\n'"'*}" >&2' ERR

REGISTRY=${1:?usage: $0 HOST:PORT}
CLIENT=$(basename "${0%.*}")
REPO=interop/$CLIENT
SUPPORT=$(cd "$(dirname "$0")/../../support" && pwd)
IMAGES=$(cd "$(dirname "$0")/.." && pwd)/images.py
PATH=$(cd "$SUPPORT/../.." && pwd)/build/tools/bin:$PATH
if [ -z "${WORK:-}" ]; then
  WORK=$(mktemp -d -t "gantry-interop-$CLIENT-XXXXXX")
  trap 'rm -rf "$WORK"' EXIT
fi
# No client sees the configuration, the credentials or the stores of who runs this.
export WORK HOME=$WORK XDG_CONFIG_HOME=$WORK/.config XDG_CACHE_HOME=$WORK/.cache \
  XDG_DATA_HOME=$WORK/.local XDG_RUNTIME_DIR=$WORK/run DOCKER_CONFIG=$WORK/.docker TMPDIR=$WORK
mkdir -p "$XDG_RUNTIME_DIR" "$DOCKER_CONFIG"
echo '{"auths": {}}' >"$DOCKER_CONFIG/config.json"
cd "$WORK"

ACCEPT="application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# case_done TEXT: the runner counts these.
case_done() { echo "ok - $*"; }

# same WHAT ONE OTHER: the two must be equal and not empty.
same() {
  [ -n "$2" ] || fail "$1: nothing to compare"
  [ "$2" = "$3" ] || fail "$1: $2 is not $3"
}

# The digest that the registry gives for REPOSITORY TAG, by its header; fails on any other status than 200.
digest_in_registry() {
  curl -sf --head -H "Accept: $ACCEPT" "http://$REGISTRY/v2/$1/manifests/$2" |
    tr -d '\r' | awk 'tolower($1) == "docker-content-digest:" {print $2}'
}

# The digest of the manifest's bytes as served, computed here.
digest_of_bytes() {
  echo "sha256:$(curl -sf -H "Accept: $ACCEPT" "http://$REGISTRY/v2/$1/manifests/$2" | sha256sum | cut -d' ' -f1)"
}

media_type_in_registry() {
  curl -sf --head -H "Accept: $ACCEPT" "http://$REGISTRY/v2/$1/manifests/$2" |
    tr -d '\r' | awk 'tolower($1) == "content-type:" {print $2}'
}

# absent REPOSITORY REFERENCE: the registry says 404.
absent() {
  local status
  status=$(curl -s -o /dev/null -w '%{http_code}' -H "Accept: $ACCEPT" "http://$REGISTRY/v2/$1/manifests/$2")
  [ "$status" = 404 ] || fail "$1:$2 answers $status, not 404"
}

# json FILE EXPRESSION: evaluates Python on the document `d` in FILE ("-" for standard input).
json() {
  python3 -c 'import json, sys
text = (sys.stdin if sys.argv[1] == "-" else open(sys.argv[1])).read()
try:
    d = json.loads(text)
except ValueError:
    sys.exit(f"not JSON: {text[:200]!r}")
print(eval(sys.argv[2]))' "$1" "$2"
}

# referrers REPOSITORY DIGEST [ARTIFACT_TYPE]: their artifact types, one a line.
referrers() {
  curl -sf -G "http://$REGISTRY/v2/$1/referrers/$2" ${3:+--data-urlencode "artifactType=$3"} |
    json - '"\n".join(m.get("artifactType", "") for m in d["manifests"])'
}

# A file of SIZE random bytes.
random_file() { head -c "$2" /dev/urandom >"$1"; }

image() { python3 -B "$IMAGES" "$@"; }

# The digest of the only entry of an OCI layout's index.json.
digest_in_layout() { json "$1/index.json" 'd["manifests"][0]["digest"]'; }
