# crane: layouts, copies, every digest checked again by `validate`, listings, append, mutate, delete.
. "$(dirname "$0")/../lib.sh"

made=$(image image)
crane push image $REGISTRY/$REPO/image:v1 >/dev/null 2>&1
same "pushed image" "$made" "$(crane digest $REGISTRY/$REPO/image:v1)"
crane validate --remote $REGISTRY/$REPO/image:v1 >/dev/null 2>&1
crane pull --format oci $REGISTRY/$REPO/image:v1 pulled
same "pulled image" "$made" "$(digest_in_layout pulled)"
case_done "push, validate every layer, pull"

image index --platforms linux/amd64,linux/arm64 >/dev/null
made=sha256:$(sha256sum <index/index.json | cut -d' ' -f1) # crane pushes the layout's own index
crane push --index index $REGISTRY/$REPO/index:v1 >/dev/null 2>&1
same "pushed index" "$made" "$(crane digest $REGISTRY/$REPO/index:v1)"
crane validate --remote $REGISTRY/$REPO/index:v1 >/dev/null 2>&1
crane pull --format oci $REGISTRY/$REPO/index:v1 pulled-index
same "pulled index" "$made" "$(digest_in_layout pulled-index)"
case_done "an index: push, validate, pull"

crane copy $REGISTRY/$REPO/index:v1 $REGISTRY/$REPO/copy:v1 2>/dev/null
same "copied index" "$made" "$(crane digest $REGISTRY/$REPO/copy:v1)"
crane copy --all-tags $REGISTRY/$REPO/index $REGISTRY/$REPO/all 2>/dev/null
same "copied index" "$made" "$(crane digest $REGISTRY/$REPO/all:v1)"
case_done "copy one tag, copy all tags"

random_file file 5000
tar czf layer.tar.gz file
crane append -b $REGISTRY/$REPO/image:v1 -f layer.tar.gz -t $REGISTRY/$REPO/image:v2 >/dev/null 2>&1
same "layers" 4 "$(crane manifest $REGISTRY/$REPO/image:v2 | json - 'len(d["layers"])')"
crane mutate --label made=here -t $REGISTRY/$REPO/image:v3 $REGISTRY/$REPO/image:v2 >/dev/null
same "label" here "$(crane config $REGISTRY/$REPO/image:v3 | json - 'd["config"]["Labels"]["made"]')"
crane export $REGISTRY/$REPO/image:v3 - | tar xf - file -O | cmp - file
case_done "append a layer, mutate, export the files"

crane index append -m $REGISTRY/$REPO/image:v1 -m $REGISTRY/$REPO/image:v3 -t $REGISTRY/$REPO/image:both >/dev/null 2>&1
same "children" 2 "$(crane manifest $REGISTRY/$REPO/image:both | json - 'len(d["manifests"])')"
case_done "an index made of two images"

crane tag $REGISTRY/$REPO/image:v1 latest 2>/dev/null
same "tags" "both latest v1 v2 v3" "$(crane ls $REGISTRY/$REPO/image | sort | tr '\n' ' ' | sed 's/ $//')"
crane catalog $REGISTRY | shows -x $REPO/all || fail "the catalog does not show $REPO/all"
case_done "tag, ls, catalog"

layer=$(crane manifest $REGISTRY/$REPO/image:v1 | json - 'd["layers"][0]["digest"]')
same "blob" "${layer#sha256:}" "$(crane blob $REGISTRY/$REPO/image@$layer | sha256sum | cut -d' ' -f1)"
crane delete $REGISTRY/$REPO/copy@$made 2>/dev/null
absent $REPO/copy v1
case_done "blob, delete by digest"
