# helm: charts as OCI artifacts.
. "$(dirname "$0")/../lib.sh"
plain=--plain-http

helm create chart >/dev/null
for version in 1.0.0 1.1.0 2.0.0-rc.1; do
  helm package chart --version $version >/dev/null
done
helm push $plain chart-1.0.0.tgz oci://$REGISTRY/$REPO >push.log 2>&1
pushed=$(awk '$1 == "Digest:" {print $2}' push.log)
same "pushed chart" "$pushed" "$(digest_in_registry $REPO/chart 1.0.0)"
case_done "push a chart"

mkdir pulled copied
helm pull $plain --version 1.0.0 -d pulled oci://$REGISTRY/$REPO/chart >pull.log 2>&1
cmp chart-1.0.0.tgz pulled/chart-1.0.0.tgz
same "pulled chart" "$pushed" "$(awk '$1 == "Digest:" {print $2}' pull.log)"
case_done "pull: the same archive, the same digest"

helm push $plain chart-1.1.0.tgz oci://$REGISTRY/$REPO >/dev/null 2>&1
helm push $plain chart-2.0.0-rc.1.tgz oci://$REGISTRY/$REPO >/dev/null 2>&1
helm show chart $plain --version '^1.0.0' oci://$REGISTRY/$REPO/chart 2>/dev/null | shows '^version: 1.1.0$' ||
  fail "a range of versions is not resolved by the tags"
helm show chart $plain --devel oci://$REGISTRY/$REPO/chart 2>/dev/null | shows '^version: 2.0.0-rc.1$' ||
  fail "a pre-release is not found"
case_done "versions are resolved by the list of tags"

helm template release $plain --version 1.0.0 oci://$REGISTRY/$REPO/chart 2>/dev/null | shows '^kind: Deployment' ||
  fail "the chart does not render"
case_done "render from the registry"

printf 'apiVersion: v2\nname: parent\nversion: 0.1.0\ndependencies:\n- {name: chart, version: 1.0.0, repository: "oci://%s/%s"}\n' \
  $REGISTRY $REPO >Chart.yaml
mkdir parent && mv Chart.yaml parent
helm dependency update $plain parent >/dev/null 2>&1
cmp chart-1.0.0.tgz parent/charts/chart-1.0.0.tgz
case_done "as a dependency of another chart"

oras cp --from-plain-http --to-plain-http $REGISTRY/$REPO/chart:1.0.0 $REGISTRY/$REPO/copy/chart:1.0.0 >/dev/null
helm pull $plain --version 1.0.0 -d copied oci://$REGISTRY/$REPO/copy/chart >/dev/null 2>&1
cmp chart-1.0.0.tgz copied/chart-1.0.0.tgz
case_done "pull a copy from another repository"
