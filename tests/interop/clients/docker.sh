# docker: build, push, pull, layers mounted from another repository, manifest lists, delete and pull again.
# The daemon runs here, with stores of its own; loopback registries need no "insecure" setting.
[ -n "${GANTRY_INTEROP_DOCKERD:-}" ] ||
  GANTRY_INTEROP_DOCKERD=1 exec "$(dirname "$0")/../../support/with" dockerd -- bash "$0" "$@"
. "$(dirname "$0")/../lib.sh"

# build TAG < Dockerfile: with the files in context/. The classic builder, which needs no plugin.
mkdir context
build() {
  cat >context/Dockerfile
  DOCKER_BUILDKIT=0 docker build -q -t "$1" context >/dev/null 2>build.log || fail "$(cat build.log)"
}
repo_digest() { docker inspect --format '{{json .RepoDigests}}' "$1" | json - '[r.split("@")[1] for r in d if r.startswith("'"${1%:*}"'@")][0]'; }
image_id() { docker inspect --format '{{.Id}}' "$1"; }
forget() { docker image prune -af >/dev/null; }

random_file context/app.bin 500000
random_file context/shared.bin 2000000
build $REGISTRY/$REPO/app:v1 <<'END'
FROM scratch
LABEL name=app
COPY shared.bin /shared.bin
COPY app.bin /own.bin
COPY Dockerfile /
CMD ["/own.bin"]
END
docker push -q $REGISTRY/$REPO/app:v1 >/dev/null
pushed=$(repo_digest $REGISTRY/$REPO/app:v1) id=$(image_id $REGISTRY/$REPO/app:v1)
same "pushed image" "$pushed" "$(digest_in_registry $REPO/app v1)"
same "bytes served" "$pushed" "$(digest_of_bytes $REPO/app v1)"
case_done "build and push"

docker push $REGISTRY/$REPO/app:v1 >again.log
grep -q 'Layer already exists' again.log || fail "the second push sent layers again"
case_done "push again sends no layer"

docker tag $REGISTRY/$REPO/app:v1 $REGISTRY/$REPO/promoted:v1
docker push $REGISTRY/$REPO/promoted:v1 >promoted.log
grep -q "Mounted from $REPO/app" promoted.log || fail "no layer was mounted: $(cat promoted.log)"
same "promoted image" "$pushed" "$(digest_in_registry $REPO/promoted v1)"
case_done "push to another repository mounts the layers"

forget
docker pull -q $REGISTRY/$REPO/promoted:v1 >/dev/null
same "pulled image" "$id" "$(image_id $REGISTRY/$REPO/promoted:v1)"
same "pulled digest" "$pushed" "$(repo_digest $REGISTRY/$REPO/promoted:v1)"
docker create --name files $REGISTRY/$REPO/promoted:v1 >/dev/null
docker cp -q files:/own.bin own.bin 2>/dev/null || docker cp files:/own.bin own.bin
docker rm files >/dev/null
cmp own.bin context/app.bin
case_done "pull into a clean store: the same image, the same file"

forget
docker pull -q $REGISTRY/$REPO/app@$pushed >/dev/null
case_done "pull by digest"

tar -C context -c shared.bin | docker import --platform linux/arm64 - $REGISTRY/$REPO/app:arm64 >/dev/null
docker push -q $REGISTRY/$REPO/app:arm64 >/dev/null
arm64_id=$(image_id $REGISTRY/$REPO/app:arm64)
docker manifest create --insecure $REGISTRY/$REPO/app:multi $REGISTRY/$REPO/app@$pushed $REGISTRY/$REPO/app:arm64 >/dev/null
docker manifest annotate --os linux --arch arm64 $REGISTRY/$REPO/app:multi $REGISTRY/$REPO/app:arm64
list=$(docker manifest push --insecure $REGISTRY/$REPO/app:multi | tail -1)
same "manifest list" "$list" "$(digest_in_registry $REPO/app multi)"
same "media type" application/vnd.docker.distribution.manifest.list.v2+json "$(media_type_in_registry $REPO/app multi)"
forget
docker pull -q --platform linux/arm64 $REGISTRY/$REPO/app:multi >/dev/null
same "pulled platform's image" "$arm64_id" "$(image_id $REGISTRY/$REPO/app:multi)"
forget
docker pull -q --platform linux/amd64 $REGISTRY/$REPO/app:multi >/dev/null
same "pulled platform's image" "$id" "$(image_id $REGISTRY/$REPO/app:multi)"
case_done "manifest list: push, pull each platform"

docker pull -q $REGISTRY/$REPO/app:nothing >no.log 2>&1 && fail "a missing tag was pulled"
grep -qi 'not found\|manifest unknown' no.log || fail "the error for a missing tag is: $(cat no.log)"
case_done "a missing tag is reported as such"

random_file context/big.bin 60000000
printf 'FROM scratch\nCOPY big.bin /\n' | build $REGISTRY/$REPO/big:v1
docker push -q $REGISTRY/$REPO/big:v1 >/dev/null
id=$(image_id $REGISTRY/$REPO/big:v1)
forget
docker pull -q $REGISTRY/$REPO/big:v1 >/dev/null
same "big image" "$id" "$(image_id $REGISTRY/$REPO/big:v1)"
case_done "a layer of 60 MB"
