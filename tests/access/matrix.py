#!/usr/bin/env python3
"""Every route of the registry and of the administration API, asked by every role, on what is its
own and on what is not: exactly the allowed cells answer, and who may not cannot tell what is absent
from what is forbidden (invariants 3 and 12).

    tests/access/matrix.py [--gantry BINARY] [--verbose]

The routes of the administration come from the server's own OpenAPI description. Prints a table of
roles and how many of their cells were allowed and refused; ends with 1 if one was wrong.
"""

import argparse
import base64
import hashlib
import http.client
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import control
from services import Gantry

ADMIN = "/api/admin/v1"
PASSWORD = "long enough for tests"
DEFAULT, FOREIGN = "000000000000", "111111111111"

# What the built-in roles give, written down a second time on purpose.
READER = {"repository:Pull", "repository:List", "project:Read", "account:Catalog"}
WRITER = READER | {"repository:Push", "repository:Create"}
REPOSITORY_ADMIN = WRITER | {"repository:Delete", "repository:Update", "repository:Admin"}
PROJECT_ADMIN = REPOSITORY_ADMIN | {"project:Create", "project:Update", "project:Delete",
                                    "project:Admin"}
AUDITOR = {"audit:Read", "repository:List", "account:Read", "account:Catalog", "project:Read"}
ACCOUNT_ADMIN = PROJECT_ADMIN | AUDITOR | {"account:Update", "account:Admin"}
SYSTEM_ADMIN = ACCOUNT_ADMIN | {"system:Operate"}
ROLES = {"reader": READER, "writer": WRITER, "repository-admin": REPOSITORY_ADMIN,
         "project-admin": PROJECT_ADMIN, "auditor": AUDITOR, "account-admin": ACCOUNT_ADMIN,
         "system-admin": SYSTEM_ADMIN}


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


def ask(connection, method, path, body=None, headers=None):
    headers = dict(headers or {})
    if isinstance(body, dict):
        body, headers["Content-Type"] = json.dumps(body), "application/json"
    connection.request(method, path, body=body, headers=headers)
    return Answer(connection.getresponse())


def must(answer, what):
    if answer.status >= 300:
        raise SystemExit(f"{what}: {answer.status} {answer.body[:300]!r}")
    return answer


def basic(user):
    return "Basic " + base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()


class Who:
    """A column of the matrix. `scope`: "account", or the project or repository of a binding."""

    def __init__(self, name, user, account, actions, scope):
        self.name, self.user, self.account = name, user, account
        self.actions, self.scope = actions, scope

    def may(self, action, account, project, repository):
        if action == "anyone":
            return True
        if self.user is None:
            return False
        if action == "authenticated":
            return True
        if self.account != account and "system:Operate" not in self.actions:
            return False
        if action == "token:Issue":
            return True
        if action not in self.actions:
            return False
        if self.scope == "account":
            return True
        kind, name = self.scope
        if kind == "project":
            return project == name
        return repository == name


class Cell:
    """A request: what it does, to what. `present` or not must make no difference to who may not."""

    def __init__(self, method, path, action, account=DEFAULT, project=None, repository=None,
                 body=None, headers=None, alike=None):
        self.method, self.path, self.action = method, path, action
        self.account, self.project, self.repository = account, project, repository
        self.body, self.headers, self.alike = body, headers or {}, alike

    def __str__(self):
        return f"{self.method} {self.path} ({self.action})"


class World:
    """A server with two accounts, repositories in two projects, and somebody for each role."""

    def __init__(self, server):
        self.server = server
        self.local = control.Connection(server.folder / "data")
        host, port = server.address.rsplit(":", 1)
        self.remote = http.client.HTTPConnection(host, int(port))
        self.people = [Who("anonymous", None, DEFAULT, set(), "account")]
        self.blob = b"a layer"
        self.blob_digest = "sha256:" + hashlib.sha256(self.blob).hexdigest()
        must(ask(self.local, "POST", f"{ADMIN}/accounts", {"id": FOREIGN, "alias": "foreign"}),
             "account")
        for name in ("team/app", "other/app"):
            self.push(name)
        self.make_people()

    def push(self, name):
        path = f"/v2/{name}/blobs/uploads/?digest={self.blob_digest}"
        must(ask(self.local, "POST", path, self.blob), "push of a blob")
        config = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": self.blob_digest,
                  "size": len(self.blob)}
        manifest = json.dumps({"schemaVersion": 2,
                               "mediaType": "application/vnd.oci.image.manifest.v1+json",
                               "config": config, "layers": []})
        self.manifest = manifest
        must(ask(self.local, "PUT", f"/v2/{name}/manifests/v1", manifest,
                 {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}), "push")

    def make_user(self, name, account):
        base = f"{ADMIN}/accounts/{account}"
        must(ask(self.local, "POST", f"{base}/users", {"name": name}), "user")
        must(ask(self.local, "PUT", f"{base}/users/{name}/password",
                 {"password": PASSWORD, "mustChange": False}), "password")

    def make_people(self):
        self.make_user("nobody", DEFAULT)
        self.people.append(Who("no role", "nobody", DEFAULT, set(), "account"))
        for role, actions in ROLES.items():
            places = [("account", "bindings", "account")]
            if role not in ("account-admin", "system-admin"):
                places.append(("team", "projects/team/bindings", ("project", "team")))
                places.append(("app", "repositories/team/app/bindings",
                               ("repository", "team/app")))
            for suffix, path, scope in places:
                user = f"{role}-{suffix}"
                self.make_user(user, DEFAULT)
                must(ask(self.local, "POST", f"{ADMIN}/accounts/{DEFAULT}/{path}",
                         {"role": role, "principal": f"user:{user}"}), "binding")
                where = "" if scope == "account" else f" of {scope[0]} {scope[1]}"
                self.people.append(Who(role + where, user, DEFAULT, actions, scope))

    def registry_cells(self):
        json_type = {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}
        digest = "sha256:" + hashlib.sha256(self.manifest.encode()).hexdigest()
        for name, absent in (("team/app", "team/absent"), ("other/app", "other/absent")):
            def cell(method, rest, action, absent_rest=None, body=None, headers=None):
                def one(repository, what):
                    return Cell(method, f"/v2/{repository}/{what}", f"repository:{action}", DEFAULT,
                                repository.split("/")[0], repository, body, headers)
                made = one(name, rest)
                made.alike = [one(absent, rest)]
                if absent_rest:
                    made.alike.append(one(name, absent_rest))
                return made
            yield cell("GET", "manifests/v1", "Pull", "manifests/absent")
            yield cell("HEAD", "manifests/v1", "Pull", "manifests/absent")
            yield cell("GET", f"manifests/{digest}", "Pull", "manifests/sha256:" + "0" * 64)
            yield cell("GET", f"blobs/{self.blob_digest}", "Pull", "blobs/sha256:" + "0" * 64)
            yield cell("HEAD", f"blobs/{self.blob_digest}", "Pull", "blobs/sha256:" + "0" * 64)
            yield cell("GET", "tags/list", "List")
            yield cell("GET", f"referrers/{digest}", "List", "referrers/sha256:" + "0" * 64)
            yield cell("POST", "blobs/uploads/", "Push")
            yield cell("POST", f"blobs/uploads/?digest={self.blob_digest}", "Push", body=self.blob)
            yield cell("POST", f"blobs/uploads/?mount={self.blob_digest}&from=team/app", "Push")
            yield cell("GET", "blobs/uploads/" + "a" * 64, "Push")
            yield cell("PATCH", "blobs/uploads/" + "a" * 64, "Push", body=b"x")
            yield cell("PUT", "blobs/uploads/" + "a" * 64 + f"?digest={self.blob_digest}", "Push",
                       body=b"x")
            yield cell("DELETE", "blobs/uploads/" + "a" * 64, "Push")
            yield cell("PUT", "manifests/v2", "Push", body=self.manifest, headers=json_type)
            yield cell("DELETE", "manifests/absent", "Delete")
            yield cell("DELETE", "blobs/sha256:" + "0" * 64, "Delete")
        yield Cell("GET", "/v2/", "authenticated")
        yield Cell("GET", "/v2/_catalog", "authenticated")
        yield Cell("GET", "/token", "anyone")

    def admin_cells(self):
        """All routes that the server's description names; bodies are empty or broken, so that what
        is allowed is refused for them (400) and changes nothing."""
        description = must(ask(self.remote, "GET", f"{ADMIN}/openapi.json"), "openapi").json()
        for path, item in description["paths"].items():
            prefixes = [one["url"] for one in item.get("servers", description["servers"])]
            for method, operation in item.items():
                if method not in ("get", "put", "post", "patch", "delete"):
                    continue
                action = operation.get("x-gantry-action")
                if not action:
                    continue
                for prefix in prefixes:
                    yield from self.admin_cell(method.upper(), prefix + path, action)

    def admin_cell(self, method, path, action):
        for account in (DEFAULT, FOREIGN) if "{account}" in path else (DEFAULT,):
            for project in ("team", "other") if "{project}" in path else (None,):
                names = ("team/app", "other/app") if re.search(r"\{name(\.\.\.)?\}", path) else (None,)
                for name in names:
                    real = path.replace("{account}", account).replace("{project}", project or "")
                    real = re.sub(r"\{name(\.\.\.)?\}", name or "", real)
                    real = re.sub(r"\{[^}]*\}", "absent", real)
                    yield Cell(method, real, action, account,
                               project or (name.split("/")[0] if name else None), name,
                               body=None if method in ("GET", "DELETE") else {"nonsense": 1})


# Operations that would really work on the whole store with no body: asked by those who may not.
DANGEROUS = re.compile(r"/(collections|scrubs|orphans|backups|logout-everywhere)$")


def check(world, who, cell):
    """A sentence about what is wrong, or None."""
    headers = dict(cell.headers)
    if who.user is not None:
        headers["Authorization"] = basic(who.user)
    allowed = who.may(cell.action, cell.account, cell.project, cell.repository)
    if allowed and DANGEROUS.search(cell.path):
        return None
    answer = ask(world.remote, cell.method, cell.path, cell.body, headers)
    refused = answer.status in (401, 403)
    if allowed:
        return f"allowed, but got {answer.status} {answer.body[:200]!r}" if refused else None
    wanted = 401 if who.user is None else 403
    if answer.status != wanted:
        return f"must be refused with {wanted}, but got {answer.status} {answer.body[:200]!r}"
    if cell.account != who.account and who.user is None:
        return None
    for other in cell.alike or []:
        second = ask(world.remote, other.method, other.path, other.body, headers)
        if shape(answer, cell) != shape(second, other):
            return f"can be told from {other}: {shape(answer, cell)} and {shape(second, other)}"
    return None


def shape(answer, cell):
    """What an answer says, without the names the client said himself."""
    headers = {name: value for name, value in answer.headers.items()
               if name not in ("date", "x-request-id", "content-length")}
    text = answer.body.decode() + json.dumps(headers, sort_keys=True)
    return answer.status, text.replace(cell.repository or "\0", "NAME")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gantry", help="the binary (build/release/gantry)")
    parser.add_argument("--verbose", action="store_true", help="show every cell")
    options = parser.parse_args()
    failures, rows = [], []
    with Gantry(options.gantry, anonymous=False) as server:
        world = World(server)
        cells = [*world.registry_cells(), *world.admin_cells()]
        for who in world.people:
            allowed = sum(who.may(c.action, c.account, c.project, c.repository) for c in cells)
            wrong = 0
            for cell in cells:
                problem = check(world, who, cell)
                if options.verbose or problem:
                    print(f"{who.name}: {cell}: {problem or 'ok'}")
                wrong += problem is not None
            rows.append((who.name, allowed, len(cells) - allowed, wrong))
            failures += [who.name] * wrong
        # What was tried on an account is in the log of that account.
        records = must(ask(world.local, "GET", f"{ADMIN}/accounts/{FOREIGN}/audit?limit=1"),
                       "audit").json()
        if not records["records"]:
            print(f"the audit log has nothing of account {FOREIGN}")
            failures.append("audit")
    print(f"{'role':44} {'allowed':>8} {'refused':>8} {'wrong':>6}")
    for name, allowed, refused, wrong in rows:
        print(f"{name:44} {allowed:8} {refused:8} {wrong:6}")
    print(f"{len(rows) * len(cells)} cells, {len(failures)} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
