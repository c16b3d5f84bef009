# cosign: signatures and attestations with a local key, stored as referrers, found and verified again.
. "$(dirname "$0")/../lib.sh"
export COSIGN_PASSWORD=secret
plain="--allow-http-registry --allow-insecure-registry"
no_log="--tlog-upload=false --use-signing-config=false"

made=$(image image)
crane push image $REGISTRY/$REPO/image:v1 >/dev/null 2>&1
cosign generate-key-pair >/dev/null 2>&1
ref=$REGISTRY/$REPO/image@$made

cosign verify $plain --insecure-ignore-tlog --key cosign.pub $ref >/dev/null 2>&1 && fail "verified without a signature"
cosign sign $plain $no_log --yes --key cosign.key $ref >sign.log 2>&1 || fail "$(cat sign.log)"
cosign verify $plain --insecure-ignore-tlog --key cosign.pub $ref >verified.json 2>verify.log || fail "$(cat verify.log)"
grep -q "$made" verified.json || fail "the verified payload does not name $made"
case_done "sign and verify"

referrers $REPO/image $made application/vnd.dev.sigstore.bundle.v0.3+json | shows bundle ||
  fail "no bundle among the referrers: $(referrers $REPO/image $made)"
absent $REPO/image "${made/:/-}"
absent $REPO/image "${made/:/-}.sig"
case_done "the signature is a referrer; no signature tag"

echo '{"spdxVersion": "SPDX-2.3"}' >sbom.json
cosign attest $plain $no_log --yes --key cosign.key --type spdxjson --predicate sbom.json $ref >attest.log 2>&1 || fail "$(cat attest.log)"
cosign verify-attestation $plain --insecure-ignore-tlog --key cosign.pub --type spdxjson $ref >attested.json 2>verify.log || fail "$(cat verify.log)"
same "referrers" 2 "$(referrers $REPO/image $made | wc -l)"
case_done "attest an SBOM and verify it"

mkdir other
(cd other && cosign generate-key-pair >/dev/null 2>&1)
cosign verify $plain --insecure-ignore-tlog --key other/cosign.pub $ref >/dev/null 2>&1 && fail "verified with a foreign key"
case_done "a foreign key does not verify"

oras cp -r --from-plain-http --to-plain-http $REGISTRY/$REPO/image:v1 $REGISTRY/$REPO/copy:v1 >/dev/null
cosign verify $plain --insecure-ignore-tlog --key cosign.pub $REGISTRY/$REPO/copy:v1 >/dev/null 2>verify.log || fail "$(cat verify.log)"
case_done "a copy with its referrers verifies"
