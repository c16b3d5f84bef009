# notation: signatures with a local certificate, stored as referrers, listed, verified, inspected.
. "$(dirname "$0")/../lib.sh"
plain=--insecure-registry

made=$(image image)
crane push image $REGISTRY/$REPO/image:v1 >/dev/null 2>&1
ref=$REGISTRY/$REPO/image@$made
notation cert generate-test --default gantry.test >/dev/null
cat >policy.json <<END
{"version": "1.0", "trustPolicies": [{"name": "all", "registryScopes": ["*"],
  "signatureVerification": {"level": "strict"}, "trustStores": ["ca:gantry.test"], "trustedIdentities": ["*"]}]}
END
notation policy import policy.json >/dev/null

notation verify $plain $ref >/dev/null 2>&1 && fail "verified without a signature"
notation sign $plain --force-referrers-tag=false $ref >/dev/null 2>sign.log || fail "$(cat sign.log)"
notation verify $plain $ref >/dev/null 2>verify.log || fail "$(cat verify.log)"
case_done "sign and verify"

same "referrers" application/vnd.cncf.notary.signature "$(referrers $REPO/image $made)"
absent $REPO/image "${made/:/-}"
case_done "the signature is a referrer; no fallback tag"

notation sign $plain --force-referrers-tag=false --signature-format cose $ref >/dev/null 2>sign.log || fail "$(cat sign.log)"
same "listed signatures" 2 "$(notation ls $plain $ref | grep -c 'sha256:.*' | awk '{print $1 - 1}')"
notation inspect $plain --output json $ref >inspected.json
same "inspected signatures" 2 "$(json inspected.json 'len(d.get("signatures") or d.get("Signatures") or [])')"
case_done "a second signature: listed and inspected"

oras cp -r --from-plain-http --to-plain-http $REGISTRY/$REPO/image:v1 $REGISTRY/$REPO/copy:v1 >/dev/null
notation verify $plain $REGISTRY/$REPO/copy@$made >/dev/null 2>verify.log || fail "$(cat verify.log)"
case_done "a copy with its referrers verifies"

# Its default writes the fallback tag for registries without a referrers API; such signatures count too.
tagged=$(image tagged --bytes 3000)
crane push tagged $REGISTRY/$REPO/tagged:v1 >/dev/null 2>&1
notation sign $plain $REGISTRY/$REPO/tagged@$tagged >/dev/null 2>sign.log || fail "$(cat sign.log)"
same "referrers by tag" application/vnd.cncf.notary.signature "$(referrers $REPO/tagged $tagged)"
notation verify $plain $REGISTRY/$REPO/tagged@$tagged >/dev/null 2>verify.log || fail "$(cat verify.log)"
case_done "a signature under the fallback tag is listed as a referrer"
