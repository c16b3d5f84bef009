# docker and crane with the program as their credential helper, docker-credential-gantry; get-login-password.
[ -n "${GANTRY_INTEROP_DOCKERD:-}" ] ||
  GANTRY_INTEROP_DOCKERD=1 exec "$(dirname "$0")/../../support/with" dockerd -- bash "$0" "$@"
. "$(dirname "$0")/../lib.sh"

mkdir bin context
ln -s "$GANTRY" bin/docker-credential-gantry
PATH=$WORK/bin:$PATH
printf '{"credHelpers": {"%s": "gantry"}}' "$REGISTRY" >"$DOCKER_CONFIG/config.json"
random_file context/file 100000
printf 'FROM scratch\nCOPY file /\nCMD ["/file"]\n' >context/Dockerfile
DOCKER_BUILDKIT=0 docker build -q -t "$REGISTRY/$REPO/app:v1" context >/dev/null 2>&1

docker push -q "$REGISTRY/$REPO/app:v1" >/dev/null 2>&1 && fail "a push without a credential was taken"
export GANTRY_SERVER=http://$REGISTRY GANTRY_TOKEN_FILE=$ID_TOKEN_FILE
docker push -q "$REGISTRY/$REPO/app:v1" >/dev/null
docker image rm "$REGISTRY/$REPO/app:v1" >/dev/null
docker pull -q "$REGISTRY/$REPO/app:v1" >/dev/null
case_done "docker pushes and pulls with the job's token"

crane digest --insecure "$REGISTRY/$REPO/app:v1" >/dev/null
case_done "crane, too"

password=$("$GANTRY" get-login-password)
unset GANTRY_SERVER GANTRY_TOKEN_FILE
printf %s "$password" | docker login -u oauth2accesstoken --password-stdin "$REGISTRY" >/dev/null 2>&1
[ "$(stat -c %a "$XDG_CONFIG_HOME/gantry/credentials")" = 600 ] || fail "others can read the credentials"
docker push -q "$REGISTRY/$REPO/app:v1" >/dev/null
docker logout "$REGISTRY" >/dev/null
grep -q "$REGISTRY" "$XDG_CONFIG_HOME/gantry/credentials" && fail "docker logout left the credential"
docker push -q "$REGISTRY/$REPO/app:v1" >/dev/null 2>&1 && fail "a push after the logout was taken"
case_done "docker login stores with it, docker logout erases"
