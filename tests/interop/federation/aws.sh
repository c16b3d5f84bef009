# aws: STS with a web identity and with an access key, and the password of ECR for docker login.
[ -n "${GANTRY_INTEROP_DOCKERD:-}" ] ||
  GANTRY_INTEROP_DOCKERD=1 exec "$(dirname "$0")/../../support/with" dockerd -- bash "$0" "$@"
. "$(dirname "$0")/../lib.sh"
PATH=$(cd "$SUPPORT/../.." && pwd)/build/tools/python/bin:$PATH
export AWS_ENDPOINT_URL=http://$REGISTRY AWS_DEFAULT_REGION=local-1 AWS_EC2_METADATA_DISABLED=true
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_PAGER=

as_workload() {
  AWS_ROLE_ARN=arn:aws:iam::000000000000:role/ci AWS_WEB_IDENTITY_TOKEN_FILE=$1 "${@:2}"
}
as_alice() { AWS_ACCESS_KEY_ID=$KEY_ID AWS_SECRET_ACCESS_KEY=$KEY_SECRET "$@"; }
arn() { "$@" aws sts get-caller-identity | json - 'd["Arn"]'; }

same "who a workload is" "arn:aws:sts::000000000000:assumed-role/ci/$SUBJECT" "$(arn as_workload "$ID_TOKEN_FILE")"
same "who a user is" arn:aws:iam::000000000000:user/alice "$(arn as_alice)"
case_done "sts get-caller-identity"

mkdir context
random_file context/file 100000
printf 'FROM scratch\nCOPY file /\nCMD ["/file"]\n' >context/Dockerfile
DOCKER_BUILDKIT=0 docker build -q -t app context >/dev/null 2>&1
push() {
  docker tag app "$REGISTRY/$1"
  docker push -q "$REGISTRY/$1" >/dev/null 2>push.log
}

push $REPO/app:v0 && fail "a push without a login was taken"
as_workload "$ID_TOKEN_FILE" aws ecr get-login-password |
  docker login --username AWS --password-stdin "$REGISTRY" >/dev/null 2>&1
push $REPO/app:v1 || fail "push as a workload: $(cat push.log)"
docker image rm "$REGISTRY/$REPO/app:v1" >/dev/null
docker pull -q "$REGISTRY/$REPO/app:v1" >/dev/null
push other/app:v1 && fail "a push to another project was taken"
case_done "web identity: get-login-password, docker login, push, pull"

docker logout "$REGISTRY" >/dev/null
as_alice aws ecr get-login-password |
  docker login --username AWS --password-stdin "$REGISTRY" >/dev/null 2>&1
push $REPO/app:v2 || fail "push with an access key: $(cat push.log)"
case_done "access key: get-login-password, docker login, push"

as_alice aws sts get-session-token --duration-seconds 900 >session.json
AWS_ACCESS_KEY_ID=$(json session.json 'd["Credentials"]["AccessKeyId"]') \
  AWS_SECRET_ACCESS_KEY=$(json session.json 'd["Credentials"]["SecretAccessKey"]') \
  AWS_SESSION_TOKEN=$(json session.json 'd["Credentials"]["SessionToken"]') \
  aws ecr get-authorization-token >token.json
same "where to log in" "http://$REGISTRY" "$(json token.json 'd["authorizationData"][0]["proxyEndpoint"]')"
case_done "session token: get-authorization-token"

refused() { # CODE COMMAND...
  "${@:2}" >refused.log 2>&1 && fail "$* was done"
  grep -q "($1)" refused.log || fail "not $1: $(cat refused.log)"
}
refused InvalidSignatureException env AWS_ACCESS_KEY_ID="$KEY_ID" AWS_SECRET_ACCESS_KEY=wrong aws ecr get-login-password
refused AccessDeniedException as_alice aws ecr describe-pull-through-cache-rules
refused IDPRejectedClaim as_workload "$FOREIGN_TOKEN_FILE" aws ecr get-login-password
echo not.a.token >broken
refused InvalidIdentityToken as_workload broken aws ecr get-login-password
case_done "refusals by their names"
