# buildah: from scratch, commit, push, pull, manifest lists.
. "$(dirname "$0")/../lib.sh"
buildah_in() {
  local store=$1
  shift
  command buildah --root "$WORK/$store" --runroot "$WORK/$store.run" --storage-driver vfs "$@"
}
buildah() { buildah_in here "$@"; }
plain=--tls-verify=false

random_file payload 600000
container=$(buildah from scratch)
buildah copy -q "$container" payload /payload >/dev/null
buildah config --entrypoint '["/payload"]' --label made=here "$container"
buildah commit -q $plain "$container" docker://$REGISTRY/$REPO/committed:v1 >/dev/null
buildah commit -q "$container" app >/dev/null
buildah rm "$container" >/dev/null
[ -n "$(digest_in_registry $REPO/committed v1)" ] || fail "commit to the registry left no manifest"
case_done "commit straight into the registry"

buildah push -q $plain --digestfile pushed app docker://$REGISTRY/$REPO/app:v1
same "pushed image" "$(cat pushed)" "$(digest_in_registry $REPO/app v1)"
buildah push -q $plain --digestfile copied app docker://$REGISTRY/$REPO/copy:v1
same "pushed elsewhere" "$(cat pushed)" "$(digest_in_registry $REPO/copy v1)"
case_done "push to two repositories"

buildah_in there pull -q $plain docker://$REGISTRY/$REPO/copy:v1 >/dev/null
same "pulled digest" "$(cat pushed)" \
  "$(buildah_in there inspect --type image $REGISTRY/$REPO/copy:v1 | json - 'd["FromImageDigest"]')"
container=$(buildah_in there from $REGISTRY/$REPO/copy:v1)
cmp "$(buildah_in there mount "$container")/payload" payload
case_done "pull into a clean store: the same digest, the same file"

buildah push -q $plain --format v2s2 app docker://$REGISTRY/$REPO/v2s2:v1
same "media type" application/vnd.docker.distribution.manifest.v2+json "$(media_type_in_registry $REPO/v2s2 v1)"
case_done "schema 2"

buildah manifest create list >/dev/null
buildah manifest add list app >/dev/null
buildah manifest add --arch arm64 $plain list docker://$REGISTRY/$REPO/v2s2:v1 >/dev/null
buildah manifest push -q --all $plain list docker://$REGISTRY/$REPO/list:v1 >/dev/null
same "platforms" 2 "$(curl -sf -H "Accept: $ACCEPT" http://$REGISTRY/v2/$REPO/list/manifests/v1 | json - 'len(d["manifests"])')"
buildah_in there pull -q $plain --arch arm64 docker://$REGISTRY/$REPO/list:v1 >/dev/null 2>&1 # warns: scratch has no arm64
case_done "manifest list of an OCI and a schema 2 image"
