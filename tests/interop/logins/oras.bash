# oras: its login asks /v2/ and follows the challenge.
. "$(dirname "$0")/logins.bash"

log_in() { oras login --plain-http --username "$1" --password-stdin "$REGISTRY"; }
log_out() { oras logout "$REGISTRY"; }
push() {
  random_file file 2000 &&
    oras push --plain-http --artifact-type application/vnd.example.file "$REGISTRY/$1:$2" \
      file:application/vnd.example.file
}
pull() {
  rm -rf pulled
  oras pull --plain-http -o pulled --format go-template='{{.reference}}' "$REGISTRY/$1:$2" | cut -d@ -f2
}

check_logins
check_anonymous
