# ctr of containerd: push, pull into an empty containerd, copies between repositories, resumed pulls.
# What a Kubernetes node does. Two daemons, so that the second finds nothing local.
[ -n "${GANTRY_INTEROP_FIRST:-}" ] ||
  exec "$(dirname "$0")/../../support/with" containerd -- sh -c \
    'GANTRY_INTEROP_FIRST=$CONTAINERD_ADDRESS exec "$0" containerd -- bash "$@"' \
    "$(dirname "$0")/../../support/with" "$0" "$@"
GANTRY_INTEROP_SECOND=$CONTAINERD_ADDRESS
. "$(dirname "$0")/../lib.sh"
here() { ctr --address "$GANTRY_INTEROP_FIRST" "$@"; }
there() { ctr --address "$GANTRY_INTEROP_SECOND" "$@"; }
target_of() { awk -v ref="$1" '$1 == ref {print $3}'; }

made=$(image image --platforms linux/amd64,linux/arm64 --bytes 2000000)
tar -C image -cf image.tar .
here images import --all-platforms --base-name $REGISTRY/$REPO/image image.tar >/dev/null
here images push --plain-http $REGISTRY/$REPO/image:v1 >/dev/null
same "pushed index" "$made" "$(digest_in_registry $REPO/image v1)"
case_done "push an index with all platforms"

there images pull --plain-http --all-platforms $REGISTRY/$REPO/image:v1 >/dev/null
same "pulled index" "$made" "$(there images ls | target_of $REGISTRY/$REPO/image:v1)"
there images check | shows "$REGISTRY/$REPO/image:v1 .*complete" || fail "content is missing: $(there images check)"
case_done "pull all platforms into an empty containerd"

there images export --all-platforms exported.tar $REGISTRY/$REPO/image:v1
mkdir exported
tar -C exported -xf exported.tar
same "exported index" "$made" "$(digest_in_layout exported)"
case_done "export: the same digests"

there images tag $REGISTRY/$REPO/image:v1 $REGISTRY/$REPO/copy:v1 >/dev/null
there images push --plain-http $REGISTRY/$REPO/copy:v1 >/dev/null
same "copied index" "$made" "$(digest_in_registry $REPO/copy v1)"
case_done "push to another repository"

there images rm --sync $REGISTRY/$REPO/image:v1 $REGISTRY/$REPO/copy:v1 >/dev/null
there content ls -q | shows . && fail "content is left after removing the images"
there images pull --plain-http --platform linux/arm64 $REGISTRY/$REPO/copy@$made >/dev/null
same "pulled by digest" "$made" "$(there images ls | target_of $REGISTRY/$REPO/copy@$made)"
case_done "pull one platform by digest"

there images pull --plain-http $REGISTRY/$REPO/image:nothing >missing.log 2>&1 && fail "a missing tag was pulled"
grep -q 'not found' missing.log || fail "the error for a missing tag is: $(cat missing.log)"
case_done "a missing tag is reported as such"
