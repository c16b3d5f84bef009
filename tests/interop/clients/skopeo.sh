# skopeo: OCI and schema 2, zstd, whole indexes, copies inside the registry, sync, delete.
. "$(dirname "$0")/../lib.sh"
skopeo() { command skopeo --insecure-policy --tmpdir "$WORK" "$@"; }
plain_in=--src-tls-verify=false plain_out=--dest-tls-verify=false plain=--tls-verify=false

made=$(image image)
skopeo copy -q $plain_out oci:image:v1 docker://$REGISTRY/$REPO/image:v1
same "pushed OCI image" "$made" "$(digest_in_registry $REPO/image v1)"
case_done "push an OCI image"

skopeo copy -q $plain_in docker://$REGISTRY/$REPO/image:v1 oci:pulled:v1
same "pulled OCI image" "$made" "$(digest_in_layout pulled)"
case_done "pull it into a clean layout"

skopeo copy -q $plain_in $plain_out docker://$REGISTRY/$REPO/image:v1 docker://$REGISTRY/$REPO/copy:v1
same "copied image" "$made" "$(digest_in_registry $REPO/copy v1)"
case_done "copy to another repository (mounts the layers)"

skopeo copy -q $plain_in docker://$REGISTRY/$REPO/image@$made dir:by-digest
same "pulled by digest" "$made" "sha256:$(sha256sum <by-digest/manifest.json | cut -d' ' -f1)"
case_done "pull by digest"

made=$(image index --platforms linux/amd64,linux/arm64,linux/s390x)
skopeo copy -q --all $plain_out oci:index:v1 docker://$REGISTRY/$REPO/index:v1
same "pushed index" "$made" "$(digest_in_registry $REPO/index v1)"
skopeo copy -q --all $plain_in docker://$REGISTRY/$REPO/index:v1 oci:pulled-index:v1
same "pulled index" "$made" "$(digest_in_layout pulled-index)"
case_done "push and pull --all: an index with three platforms"

skopeo copy -q --all $plain_in $plain_out docker://$REGISTRY/$REPO/index:v1 docker://$REGISTRY/$REPO/index-copy:v1
same "copied index" "$made" "$(digest_in_registry $REPO/index-copy v1)"
case_done "copy --all inside the registry"

skopeo copy -q --format v2s2 $plain_out oci:image:v1 docker://$REGISTRY/$REPO/v2s2:v1
same "media type" application/vnd.docker.distribution.manifest.v2+json "$(media_type_in_registry $REPO/v2s2 v1)"
skopeo copy -q $plain_in docker://$REGISTRY/$REPO/v2s2:v1 dir:v2s2
same "pulled schema 2" "$(digest_in_registry $REPO/v2s2 v1)" "sha256:$(sha256sum <v2s2/manifest.json | cut -d' ' -f1)"
case_done "schema 2: push, pull"

skopeo copy -q --all --format v2s2 $plain_out oci:index:v1 docker://$REGISTRY/$REPO/list:v1
same "media type" application/vnd.docker.distribution.manifest.list.v2+json "$(media_type_in_registry $REPO/list v1)"
skopeo copy -q --all $plain_in docker://$REGISTRY/$REPO/list:v1 dir:list
same "pulled list" "$(digest_in_registry $REPO/list v1)" "sha256:$(sha256sum <list/manifest.json | cut -d' ' -f1)"
case_done "schema 2 manifest list: push and pull --all"

skopeo copy -q $plain_in docker://$REGISTRY/$REPO/v2s2:v1 oci:back:v1
skopeo copy -q --format oci $plain_out oci:back:v1 docker://$REGISTRY/$REPO/v2s2:oci
same "media type" application/vnd.oci.image.manifest.v1+json "$(media_type_in_registry $REPO/v2s2 oci)"
case_done "schema 2 and back to OCI"

image unseen --bytes 123456 >/dev/null # else skopeo finds the same layers gzipped in the registry
skopeo copy -q --dest-decompress oci:unseen:v1 dir:unpacked
skopeo copy -q --format oci --dest-compress-format zstd $plain_out dir:unpacked docker://$REGISTRY/$REPO/zstd:v1
skopeo copy -q $plain_in docker://$REGISTRY/$REPO/zstd:v1 oci:pulled-zstd:v1
made_zstd=$(digest_in_registry $REPO/zstd v1)
same "layer media types" "{'application/vnd.oci.image.layer.v1.tar+zstd'}" \
  "$(json "pulled-zstd/blobs/${made_zstd/://}" '{l["mediaType"] for l in d["layers"]}')"
same "pulled zstd image" "$made_zstd" "$(digest_in_layout pulled-zstd)"
case_done "zstd layers"

skopeo inspect $plain docker://$REGISTRY/$REPO/image:v1 >inspect.json
same "inspected digest" "$(digest_in_registry $REPO/image v1)" "$(json inspect.json 'd["Digest"]')"
same "inspected tags" "['v1']" "$(json inspect.json 'd["RepoTags"]')"
skopeo list-tags $plain docker://$REGISTRY/$REPO/v2s2 >tags.json
same "tags" "['oci', 'v1']" "$(json tags.json 'sorted(d["Tags"])')"
case_done "inspect, list-tags"

mkdir synced
skopeo sync --scoped --src docker --dest dir --src-tls-verify=false $REGISTRY/$REPO/v2s2 synced 2>sync.log
same "synced tags" 2 "$(find synced -name manifest.json | wc -l)"
case_done "sync a repository to a folder"

skopeo delete $plain docker://$REGISTRY/$REPO/copy:v1
absent $REPO/copy v1
case_done "delete"
