# What the scripts of logins share. A script defines, for its client,
#     log_in USER            the password comes by standard input; keeps it for later
#     push REPOSITORY TAG    something that is new in each repository
#     pull REPOSITORY TAG    into an empty store; prints the digest that was pulled
#     log_out
# and calls `check_logins`, and `check_anonymous` if it pulls images. Each credential ("cell") is LOGIN_<CELL>_USER and LOGIN_<CELL>_SECRET in the
# environment. One line a cell is printed: "cell NAME ok" or "cell NAME WHAT-WENT-WRONG".
. "$(dirname "$0")/../lib.sh"
REPO=logins/$CLIENT
TAG=v1
SHARED=$REPO/password # what the first cell pushed
# What curl in the functions of lib.sh logs in with.
printf 'user = "%s:%s"\n' "$LOGIN_password_USER" "$LOGIN_password_SECRET" >"$HOME/.curlrc"

user_of() { local name=LOGIN_$1_USER && echo "${!name}"; }
secret_of() { local name=LOGIN_$1_SECRET && echo "${!name}"; }
# The login of a cell; its output, and that of what follows it, is in ./said.
enter() { log_in "$(user_of "$1")" < <(secret_of "$1") >>said 2>&1; }

# report CELL FUNCTION ARGUMENT...: the function's output on standard error is what went wrong.
report() {
  local cell=$1 wrong
  shift
  : >said
  echo "--- $cell"
  if "$@" "$cell" 2>wrong; then
    echo "cell $cell ok"
  else
    wrong=$(head -1 wrong)
    cat said wrong
    echo "cell $cell ${wrong:-failed}"
  fi
  log_out >/dev/null 2>&1 || true
}

wrong() { echo "$*" >&2 && return 1; }

# said_so PATTERN: the client told its user.
said_so() { grep -qiE "$1" said || wrong "the reason is not said"; }

accepted() {
  local cell=$1 digest pulled
  enter "$cell" || wrong "no login" || return
  push "$REPO/$cell" "$TAG" >>said 2>&1 || wrong "no push" || return
  digest=$(digest_in_registry "$REPO/$cell" "$TAG") || wrong "nothing was pushed" || return
  pulled=$(pull "$REPO/$cell" "$TAG" 2>>said) || wrong "no pull" || return
  [ "$pulled" = "$digest" ] || wrong "pulled $pulled, not $digest" || return
  log_out >>said 2>&1 || wrong "no logout" || return
  ! pull "$REPO/$cell" "$TAG" >>said 2>&1 || wrong "pulled after the logout"
}

# By the login, or, where that asks nothing of the server, by the first pull.
refused() {
  if enter "$1"; then
    ! pull "$SHARED" "$TAG" >>said 2>&1 || wrong "let in" || return
  fi
  said_so 'unauthorized|401|invalid username.password' # skopeo's words for a 401
}

# A token of another repository logs in, and gets nothing here.
confined() {
  enter "$1" || wrong "no login" || return
  ! pull "$SHARED" "$TAG" >>said 2>&1 || wrong "pulled" || return
  said_so 'unauthorized|denied|401|403|insufficient'
}

# Without a login: the project `public` can be pulled from, not pushed to.
anonymous_pull() {
  local pulled
  pulled=$(pull public/app "$TAG" 2>>said) || wrong "no pull" || return
  [ "$pulled" = "$PUBLIC_DIGEST" ] || wrong "pulled $pulled"
}
anonymous_push() {
  ! push "public/$CLIENT" "$TAG" >>said 2>&1 || wrong "pushed" || return
  said_so 'unauthorized|denied|401|403|authentication required|insufficient_scope'
}

check_logins() {
  local cell
  for cell in password robot_dollar robot_plus aws oauth2; do report $cell accepted; done
  for cell in wrong expired disabled ended foreign; do report $cell refused; done
  report narrow confined
}

check_anonymous() {
  report anon_pull anonymous_pull
  report anon_push anonymous_push
}
