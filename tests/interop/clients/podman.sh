# podman: build, push, pull, zstd, manifest lists; two stores, so that a pull finds nothing local.
. "$(dirname "$0")/../lib.sh"
podman_in() {
  local store=$1
  shift
  command podman --root "$WORK/$store" --runroot "$WORK/$store.run" --storage-driver vfs \
    --events-backend none --cgroup-manager cgroupfs --tmpdir "$WORK/$store.tmp" "$@"
}
podman() { podman_in here "$@"; }
plain=--tls-verify=false

mkdir context
random_file context/a.bin 700000
random_file context/b.bin 300000
printf 'FROM scratch\nCOPY a.bin /\nCOPY b.bin /\nLABEL made=here\n' >context/Containerfile
podman build -q --layers -t $REGISTRY/$REPO/app:v1 context >/dev/null
podman push -q $plain --digestfile pushed $REGISTRY/$REPO/app:v1
same "pushed image" "$(cat pushed)" "$(digest_in_registry $REPO/app v1)"
case_done "build and push"

podman push -q $plain --digestfile copied $REGISTRY/$REPO/app:v1 docker://$REGISTRY/$REPO/copy:v1
same "pushed elsewhere" "$(cat pushed)" "$(cat copied)"
case_done "push to another repository"

podman_in there pull -q $plain $REGISTRY/$REPO/copy:v1 >/dev/null
same "pulled digest" "$(cat pushed)" "$(podman_in there inspect --format '{{.Digest}}' $REGISTRY/$REPO/copy:v1)"
same "pulled image" "$(podman inspect --format '{{.Id}}' $REGISTRY/$REPO/app:v1)" \
  "$(podman_in there inspect --format '{{.Id}}' $REGISTRY/$REPO/copy:v1)"
case_done "pull into a clean store"

podman_in other pull -q $plain $REGISTRY/$REPO/app@$(cat pushed) >/dev/null
case_done "pull by digest"

random_file context/c.bin 200000
printf 'FROM scratch\nCOPY c.bin /\n' >context/Containerfile
podman build -q -t $REGISTRY/$REPO/zstd:v1 context >/dev/null
podman push -q $plain --compression-format zstd --digestfile zstd $REGISTRY/$REPO/zstd:v1
same "layer media type" "application/vnd.oci.image.layer.v1.tar+zstd" \
  "$(curl -sf -H "Accept: $ACCEPT" http://$REGISTRY/v2/$REPO/zstd/manifests/v1 | json - 'd["layers"][0]["mediaType"]')"
podman_in there pull -q $plain $REGISTRY/$REPO/zstd:v1 >/dev/null
same "pulled zstd image" "$(podman inspect --format '{{.Id}}' $REGISTRY/$REPO/zstd:v1)" \
  "$(podman_in there inspect --format '{{.Id}}' $REGISTRY/$REPO/zstd:v1)"
case_done "zstd layers"

podman push -q $plain --compression-format zstd:chunked --digestfile chunked $REGISTRY/$REPO/zstd:v1 \
  docker://$REGISTRY/$REPO/chunked:v1
podman_in there pull -q $plain $REGISTRY/$REPO/chunked:v1 >/dev/null
case_done "zstd:chunked layers"

podman push -q $plain --format v2s2 --digestfile v2s2 $REGISTRY/$REPO/app:v1 docker://$REGISTRY/$REPO/v2s2:v1
same "media type" application/vnd.docker.distribution.manifest.v2+json "$(media_type_in_registry $REPO/v2s2 v1)"
podman_in there pull -q $plain $REGISTRY/$REPO/v2s2:v1 >/dev/null
case_done "schema 2"

podman build -q --arch arm64 -t $REGISTRY/$REPO/app:arm64 context >/dev/null
podman manifest create list >/dev/null
podman manifest add list containers-storage:$REGISTRY/$REPO/app:v1 >/dev/null
podman manifest add --arch arm64 list containers-storage:$REGISTRY/$REPO/app:arm64 >/dev/null
podman manifest push -q --all $plain --digestfile list-digest list docker://$REGISTRY/$REPO/list:v1 >/dev/null
same "pushed list" "$(cat list-digest)" "$(digest_in_registry $REPO/list v1)"
podman_in there pull -q $plain --arch arm64 $REGISTRY/$REPO/list:v1 >/dev/null 2>&1 # warns: scratch has no arm64
same "pulled platform's image" "$(podman inspect --format '{{.Id}}' $REGISTRY/$REPO/app:arm64)" \
  "$(podman_in there inspect --format '{{.Id}}' $REGISTRY/$REPO/list:v1)"
case_done "manifest list: push --all, pull one platform"

podman search $plain --list-tags $REGISTRY/$REPO/app >tags
same "tags" "v1" "$(awk 'NR > 1 {print $2}' tags)"
case_done "search --list-tags"
