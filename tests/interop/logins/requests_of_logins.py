"""What the clients' requests are answered, asked without a client: statuses, error codes, challenges
("Docker Registry v2 authentication" of distribution, OCI distribution 1.1, RFC 6750)."""

import http.client
import json
import urllib.parse

from credentials import MANIFEST, basic

ERROR_CODES = {401: "UNAUTHORIZED", 403: "DENIED"}


class Wrong(Exception):
    """An answer that must be another."""


def need(condition, what):
    if not condition:
        raise Wrong(what)


class Client:
    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.address = address
        self.connection = http.client.HTTPConnection(host, int(port), timeout=10)

    def ask(self, method, path, authorization=None, body=None, content_type=None):
        headers = {"Authorization": authorization} if authorization else {}
        if content_type:
            headers["Content-Type"] = content_type
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        return answer, answer.read()

    def token(self, authorization, *scopes):
        """The answer of GET /token."""
        query = urllib.parse.urlencode([("service", "test"), *(("scope", scope) for scope in scopes)])
        return self.ask("GET", f"/token?{query}", authorization)

    def login(self, user, secret):
        """The answer of POST /token as docker asks it."""
        form = {"grant_type": "password", "service": "test", "client_id": "docker",
                "access_type": "offline", "username": user, "password": secret}
        return self.ask("POST", "/token", None, urllib.parse.urlencode(form),
                        "application/x-www-form-urlencoded")


def need_challenge(client, method, path, authorization=None, body=None, scope=None, error=None):
    answer, text = client.ask(method, path, authorization, body, MANIFEST if body else None)
    what = f"{method} {path}"
    need(answer.status == 401, f"{what}: {answer.status}, not 401")
    challenge = answer.headers["WWW-Authenticate"] or ""
    need(challenge.startswith(f'Bearer realm="http://{client.address}/token",service="'),
         f"{what}: challenge {challenge}")
    need(scope is None or f'scope="{scope}"' in challenge, f"{what}: no scope {scope} in {challenge}")
    need(error is None or f'error="{error}"' in challenge, f"{what}: no {error} in {challenge}")
    need(answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0",
         f"{what}: no Docker-Distribution-Api-Version")
    if method != "HEAD":
        code = json.loads(text)["errors"][0]["code"]
        need(code in ERROR_CODES.values(), f"{what}: code {code}")


def let_in(client, user, secret, repository):
    answer, _ = client.ask("GET", "/v2/", basic(user, secret))
    need(answer.status == 200, f"/v2/ with Basic: {answer.status}")
    answer, text = client.login(user, secret)
    need(answer.status == 200, f"POST /token: {answer.status} {text[:200]}")
    need(answer.headers["Cache-Control"] == "no-store", "the token may be cached")
    path = f"/v2/{repository}/manifests/v1"
    need_challenge(client, "HEAD", path, scope=f"repository:{repository}:pull")
    need_challenge(client, "PUT", path, body=b"{}", scope=f"repository:{repository}:pull,push")
    answer, text = client.token(basic(user, secret), f"repository:{repository}:pull,push")
    token = json.loads(text)
    need(token["token"] == token["access_token"], "token and access_token differ")
    bearer = f"Bearer {token['token']}"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
                           "manifests": []})
    for authorization in (bearer, basic(user, secret)):
        answer, text = client.ask("PUT", path, authorization, manifest,
                                  "application/vnd.oci.image.index.v1+json")
        need(answer.status == 201, f"push: {answer.status} {text[:200]}")
        answer, text = client.ask("GET", path, authorization)
        need(answer.status == 200 and text.decode() == manifest, f"pull: {answer.status}")
    need_challenge(client, "GET", "/v2/logins/elsewhere/manifests/v1", bearer,
                   scope="repository:logins/elsewhere:pull", error="insufficient_scope")


def refused(client, user, secret, repository):
    for what, (answer, text) in {"GET /token": client.token(basic(user, secret)),
                                 "POST /token": client.login(user, secret)}.items():
        need(answer.status == 401, f"{what}: {answer.status}, not 401")
        said = json.loads(text)
        need(said["errors"][0]["code"] == "UNAUTHORIZED", f"{what}: {said}")
        need(what == "GET /token" or said["error"] == "invalid_grant", f"{what}: {said}")
    need_challenge(client, "GET", "/v2/", basic(user, secret))
    need_challenge(client, "HEAD", f"/v2/{repository}/manifests/v1", basic(user, secret))
    if user in ("AWS", "oauth2accesstoken"):
        need_challenge(client, "GET", f"/v2/{repository}/manifests/v1", f"Bearer {secret}",
                       error="invalid_token")


def confined(client, user, secret, repository):
    answer, _ = client.ask("GET", "/v2/", basic(user, secret))
    need(answer.status == 200, f"/v2/: {answer.status}")
    need_challenge(client, "GET", f"/v2/{repository}/manifests/v1", f"Bearer {secret}",
                   scope=f"repository:{repository}:pull", error="insufficient_scope")
    # No wider token comes of it.
    answer, text = client.token(basic(user, secret), f"repository:{repository}:pull,push")
    need(answer.status == 200, f"/token: {answer.status}")
    need_challenge(client, "GET", f"/v2/{repository}/manifests/v1",
                   f"Bearer {json.loads(text)['token']}", error="insufficient_scope")


def anonymous_pull(client):
    answer, _ = client.ask("GET", "/v2/public/app/manifests/v1")
    need(answer.status == 200, f"without a token: {answer.status}")
    need_challenge(client, "GET", "/v2/")
    answer, text = client.token(None, "repository:public/app:pull")
    need(answer.status == 200, f"/token: {answer.status}")
    bearer = f"Bearer {json.loads(text)['token']}"
    answer, _ = client.ask("GET", "/v2/public/app/manifests/v1", bearer)
    need(answer.status == 200, f"with a token: {answer.status}")


def anonymous_push(client):
    path = "/v2/public/app/blobs/uploads/"
    need_challenge(client, "POST", path, scope="repository:public/app:pull,push")
    _, text = client.token(None, "repository:public/app:pull,push")
    need_challenge(client, "POST", path, f"Bearer {json.loads(text)['token']}",
                   scope="repository:public/app:pull,push")


def check(credentials):
    """{cell: "ok" or what is wrong}."""
    cells = {}
    for cell, (user, secret) in credentials.by_cell.items():
        how = (confined if cell == "narrow" else
               refused if cell in ("wrong", "expired", "disabled", "ended", "foreign") else let_in)
        repository = f"logins/{credentials.client}/{'password' if how != let_in else cell}"
        cells[cell] = outcome(how, Client(credentials.server.address), user, secret, repository)
    for cell, how in {"anon_pull": anonymous_pull, "anon_push": anonymous_push}.items():
        cells[cell] = outcome(how, Client(credentials.server.address))
    return cells


def outcome(check_one, *arguments):
    try:
        check_one(*arguments)
    except Wrong as wrong:
        return str(wrong)
    return "ok"
