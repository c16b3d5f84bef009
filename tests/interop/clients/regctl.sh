# regctl: strict on Range, Location and digests; chunked blobs, referrers, digest tags, deletes.
. "$(dirname "$0")/../lib.sh"
regctl registry set --tls disabled $REGISTRY >/dev/null 2>&1

made=$(image image --platforms linux/amd64,linux/arm64)
regctl image copy ocidir://image:v1 $REGISTRY/$REPO/image:v1 >/dev/null
same "pushed index" "$made" "$(regctl image digest $REGISTRY/$REPO/image:v1)"
regctl image copy $REGISTRY/$REPO/image:v1 ocidir://pulled:v1 >/dev/null
same "pulled index" "$made" "$(digest_in_layout pulled)"
case_done "an index from a layout and back"

random_file big.bin 9000000
digest=sha256:$(sha256sum <big.bin | cut -d' ' -f1)
regctl registry set --blob-chunk 1000000 --blob-max 2000000 $REGISTRY
regctl blob put --digest $digest $REGISTRY/$REPO/blobs <big.bin >/dev/null
regctl blob get $REGISTRY/$REPO/blobs $digest | cmp - big.bin
same "stream" "$digest" "$(regctl blob put $REGISTRY/$REPO/stream <big.bin | tail -1)"
regctl blob head $REGISTRY/$REPO/blobs $digest >/dev/null
case_done "a blob of 9 MB in chunks, and streamed"

regctl blob copy $REGISTRY/$REPO/blobs $REGISTRY/$REPO/mounted $digest
regctl blob delete $REGISTRY/$REPO/blobs $digest
regctl blob get $REGISTRY/$REPO/mounted $digest | cmp - big.bin
case_done "mount a blob, delete the source, the other stays"

echo '{"found": 0}' >scan.json
regctl artifact put --artifact-type application/vnd.example.scan --subject $REGISTRY/$REPO/image:v1 \
  --file scan.json --file-media-type application/json >/dev/null
regctl artifact put --artifact-type application/vnd.example.note --subject $REGISTRY/$REPO/image:v1 \
  --annotation text=hello --file scan.json >/dev/null
same "referrers" 2 "$(regctl artifact list $REGISTRY/$REPO/image:v1 --format '{{json .}}' | json - 'len(d["descriptors"])')"
same "filtered referrer" '{"found": 0}' \
  "$(regctl artifact get --subject $REGISTRY/$REPO/image:v1 --filter-artifact-type application/vnd.example.scan)"
absent $REPO/image ${made/:/-}
case_done "artifacts with a subject, found by type; no fallback tag"

regctl image copy --referrers --digest-tags $REGISTRY/$REPO/image:v1 $REGISTRY/$REPO/copy:v1 >/dev/null
same "copied index" "$made" "$(regctl image digest $REGISTRY/$REPO/copy:v1)"
same "copied referrers" 2 "$(referrers $REPO/copy $made | wc -l)"
case_done "copy with referrers"

regctl image export $REGISTRY/$REPO/image:v1 saved.tar
regctl image import $REGISTRY/$REPO/imported:v1 saved.tar
same "imported index" "$made" "$(regctl image digest $REGISTRY/$REPO/imported:v1)"
case_done "export and import"

regctl manifest get --format raw-body $REGISTRY/$REPO/image:v1 >manifest.json
same "put by digest" "$made" "$(regctl manifest put --by-digest --content-type application/vnd.oci.image.index.v1+json \
  --format '{{.Manifest.GetDescriptor.Digest}}' $REGISTRY/$REPO/image <manifest.json)"
regctl image copy $REGISTRY/$REPO/image:v1 $REGISTRY/$REPO/image:v2 >/dev/null
same "tags" "v1 v2" "$(regctl tag ls $REGISTRY/$REPO/image | tr '\n' ' ' | sed 's/ $//')"
same "a page of tags" "v2" "$(regctl tag ls --limit 1 --last v1 $REGISTRY/$REPO/image)"
regctl tag delete $REGISTRY/$REPO/image:v1
absent $REPO/image v1
same "the other tag" "$made" "$(regctl image digest $REGISTRY/$REPO/image:v2)"
regctl repo ls $REGISTRY | shows -x $REPO/copy || fail "repo ls does not show $REPO/copy"
case_done "manifest put by digest, tag ls, tag delete keeps the image"
