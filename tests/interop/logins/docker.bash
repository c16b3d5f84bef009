# docker: the daemon logs in by POST /token and keeps the refresh token that a user gets.
[ -n "${GANTRY_INTEROP_DOCKERD:-}" ] ||
  GANTRY_INTEROP_DOCKERD=1 exec "$(dirname "$0")/../../support/with" dockerd -- bash "$0" "$@"
. "$(dirname "$0")/logins.bash"

log_in() {
  docker login --username "$1" --password-stdin "$REGISTRY" || return
  # Of a person, the token is kept and the password is not.
  [ "$1" != "$LOGIN_password_USER" ] || grep -q identitytoken "$DOCKER_CONFIG/config.json"
}
log_out() { docker logout "$REGISTRY"; }
push() {
  random_file file 2000 && tar -c file | docker import - "$REGISTRY/$1:$2" && docker push -q "$REGISTRY/$1:$2"
}
pull() {
  docker image prune -af >&2
  docker pull -q "$REGISTRY/$1:$2" >&2 &&
    docker inspect --format '{{index .RepoDigests 0}}' "$REGISTRY/$1:$2" | cut -d@ -f2
}

check_logins
check_anonymous
