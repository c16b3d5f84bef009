# oras: artifacts, layouts, blobs, copies with referrers, attach and discover, indexes, listings.
. "$(dirname "$0")/../lib.sh"
plain=--plain-http

random_file sbom.json 1000
random_file model.bin 400000
oras push $plain --artifact-type application/vnd.example.model --format json $REGISTRY/$REPO/artifact:v1 \
  model.bin:application/vnd.example.weights >pushed.json
pushed=$(json pushed.json 'd["digest"]')
same "pushed artifact" "$pushed" "$(digest_in_registry $REPO/artifact v1)"
mkdir pulled
oras pull $plain -o pulled $REGISTRY/$REPO/artifact:v1 >/dev/null
cmp model.bin pulled/model.bin
case_done "push and pull an artifact"

made=$(image image --platforms linux/amd64,linux/arm64)
oras cp --from-oci-layout image:v1 --to-plain-http $REGISTRY/$REPO/image:v1 >/dev/null
same "pushed index" "$made" "$(digest_in_registry $REPO/image v1)"
oras cp --from-plain-http $REGISTRY/$REPO/image:v1 --to-oci-layout back:v1 >/dev/null
same "pulled index" "$made" "$(digest_in_layout back)"
same "resolved" "$made" "$(oras resolve $plain $REGISTRY/$REPO/image:v1)"
case_done "an index from a layout and back"

oras attach $plain --artifact-type application/vnd.example.sbom $REGISTRY/$REPO/image:v1 sbom.json:application/json >/dev/null
oras attach $plain --artifact-type application/vnd.example.scan $REGISTRY/$REPO/image:v1 \
  --annotation verdict=good >/dev/null
oras discover $plain --format json --artifact-type application/vnd.example.sbom $REGISTRY/$REPO/image:v1 >found.json
same "filtered referrers" "['application/vnd.example.sbom']" \
  "$(json found.json '[m["artifactType"] for m in d.get("referrers") or d.get("manifests")]')"
same "referrers" 2 "$(referrers $REPO/image $made | wc -l)"
absent $REPO/image ${made/:/-}
case_done "attach, discover by artifact type; no fallback tag"

oras cp -r --from-plain-http --to-plain-http $REGISTRY/$REPO/image:v1 $REGISTRY/$REPO/copy:v1 >/dev/null
same "copied index" "$made" "$(digest_in_registry $REPO/copy v1)"
same "copied referrers" 2 "$(referrers $REPO/copy $made | wc -l)"
case_done "copy to another repository with its referrers"

oras backup --help >/dev/null 2>&1 && {
  oras backup $plain --include-referrers -o saved.tar $REGISTRY/$REPO/image:v1 >/dev/null
  oras restore $plain --input saved.tar $REGISTRY/$REPO/restored >/dev/null
  same "restored index" "$made" "$(digest_in_registry $REPO/restored v1)"
  case_done "backup and restore"
}

blob=$(sha256sum <model.bin | cut -d' ' -f1)
oras blob push $plain $REGISTRY/$REPO/blobs@sha256:$blob model.bin >/dev/null
oras blob fetch $plain -o fetched.bin $REGISTRY/$REPO/blobs@sha256:$blob
cmp model.bin fetched.bin
oras blob delete $plain -f $REGISTRY/$REPO/blobs@sha256:$blob >/dev/null
oras blob fetch $plain --descriptor $REGISTRY/$REPO/blobs@sha256:$blob >/dev/null 2>&1 && fail "the blob is there after delete"
case_done "blob push, fetch, delete"

first=$(image single --bytes 1000) second=$(image second --bytes 2000)
oras cp --from-oci-layout single:v1 --to-plain-http $REGISTRY/$REPO/index:one >/dev/null
oras cp --from-oci-layout second:v1 --to-plain-http $REGISTRY/$REPO/index:two >/dev/null
oras manifest index create $plain $REGISTRY/$REPO/index:both one two >/dev/null
same "children" "['$first', '$second']" \
  "$(oras manifest fetch $plain $REGISTRY/$REPO/index:both | json - '[m["digest"] for m in d["manifests"]]')"
case_done "an index made of two tags"

oras tag $plain $REGISTRY/$REPO/index:one a b c >/dev/null
same "tags" "a b both c one two" "$(oras repo tags $plain $REGISTRY/$REPO/index | sort | tr '\n' ' ' | sed 's/ $//')"
oras repo ls $plain $REGISTRY | shows -x $REPO/index || fail "repo ls does not show $REPO/index"
oras manifest delete $plain -f $REGISTRY/$REPO/index:two >/dev/null 2>&1 && fail "deleted what an index lists"
oras manifest delete $plain -f $REGISTRY/$REPO/index:both >/dev/null
oras manifest delete $plain -f $REGISTRY/$REPO/index:two >/dev/null
absent $REPO/index two
case_done "tag, repo tags, repo ls, manifest delete"
