#!/usr/bin/env python3
"""Users of an OpenLDAP server log in: a server of ours before a slapd of its own.

    tests/access/ldap.py [--gantry BINARY]
"""

import argparse
import base64
import json
import pathlib
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import control
from services import Gantry, ServiceError, Slapd

BINARY = None
ACCOUNT = "000000000000"
ENTRIES = """
dn: dc=example,dc=com
objectClass: domain
dc: example

dn: ou=people,dc=example,dc=com
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=example,dc=com
objectClass: organizationalUnit
ou: groups
""" + "".join(f"""
dn: uid={name},ou=people,dc=example,dc=com
objectClass: inetOrgPerson
uid: {name}
cn: {name}
sn: {name}
mail: {name}@example.com
employeeType: {kind}
userPassword: {name} secret
""" for name, kind in (("bob", "staff"), ("carol", "disabled"), ("admin", "staff"),
                       ("o(u", "staff"))) + """
dn: cn=devs,ou=groups,dc=example,dc=com
objectClass: groupOfNames
cn: devs
member: uid=bob,ou=people,dc=example,dc=com

dn: cn=ops,ou=groups,dc=example,dc=com
objectClass: groupOfNames
cn: ops
member: uid=carol,ou=people,dc=example,dc=com
"""


def settings(slapd, password_file, **more):
    base = {"URLS": slapd.url, "START_TLS": "true", "CA_FILE": str(slapd.ca_file),
            "BIND_DN": slapd.manager, "BIND_PASSWORD_FILE": str(password_file),
            "USER_BASE": "ou=people,dc=example,dc=com",
            "USER_FILTER": "(&(uid={user})(!(employeeType=disabled)))",
            "GROUP_BASE": "ou=groups,dc=example,dc=com", "CREATE_GROUPS": "true"}
    return {"GANTRY_LDAP_" + key: value for key, value in {**base, **more}.items()}


class Ldap(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.slapd = Slapd()
        cls.slapd.start()
        cls.addClassCleanup(cls.slapd.stop)
        cls.slapd.change(ENTRIES, "ldapadd")
        cls.password_file = cls.slapd.folder / "password"
        cls.password_file.write_text(Slapd.password + "\n")

    def serve(self, **more):
        gantry = Gantry(BINARY, anonymous=False,
                        settings=settings(self.slapd, self.password_file, **more))
        gantry.start()
        self.addCleanup(gantry.stop)
        return gantry

    def login(self, gantry, user, password):
        """The status of the token endpoint, and the token."""
        request = urllib.request.Request(gantry.url + "/token?service=gantry")
        header = base64.b64encode(f"{user}:{password}".encode()).decode()
        request.add_header("Authorization", "Basic " + header)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)["token"]
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def status(self, gantry, user, password):
        return self.login(gantry, user, password)[0]

    def groups(self, gantry, user):
        found = control.ask(gantry.folder / "data", "GET", f"/accounts/{ACCOUNT}/users/{user}")
        return found["groups"]

    def test_logins(self):
        gantry = self.serve()
        self.assertEqual(self.status(gantry, "bob", "wrong"), 401)
        self.assertEqual(self.status(gantry, "bob", "bob secret"), 200)
        self.assertEqual(self.groups(gantry, "bob"), ["devs"])
        self.assertEqual(self.status(gantry, "nobody", "bob secret"), 401)
        self.assertEqual(self.status(gantry, "bob", ""), 401)
        # Disabled, as the filter says.
        self.assertEqual(self.status(gantry, "carol", "carol secret"), 401)
        # A user of ours is never asked for.
        self.assertEqual(self.status(gantry, "admin", "admin secret"), 401)
        self.assertEqual(self.status(gantry, "Admin", "admin secret"), 401)

    def test_a_name_is_no_filter(self):
        gantry = self.serve()
        for name in ("*", "b*", "*)(uid=*", "bob)(|(uid=*", "bob\\", "o(u", "bob)"):
            self.assertEqual(self.status(gantry, name, "bob secret"), 401, name)

    def test_groups_are_replaced(self):
        gantry = self.serve()
        self.assertEqual(self.status(gantry, "bob", "bob secret"), 200)
        self.assertEqual(self.groups(gantry, "bob"), ["devs"])
        change = """dn: cn={},ou=groups,dc=example,dc=com
changetype: modify
{}: member
member: uid=bob,ou=people,dc=example,dc=com

"""
        self.slapd.change("""dn: cn=devs,ou=groups,dc=example,dc=com
changetype: modify
add: member
member: uid=admin,ou=people,dc=example,dc=com

""" + change.format("devs", "delete") + change.format("ops", "add"))
        self.addCleanup(self.slapd.change, change.format("devs", "add") + change.format("ops", "delete"))
        # Another spelling is another header, which nobody remembers.
        self.assertEqual(self.status(gantry, "BOB", "bob secret"), 200)
        self.assertEqual(self.groups(gantry, "bob"), ["ops"])

    def test_groups_of_the_entry(self):
        gantry = self.serve(GROUP_BASE="", MEMBER_OF="seeAlso")
        change = "dn: uid=bob,ou=people,dc=example,dc=com\nchangetype: modify\n"
        self.slapd.change(change + "add: seeAlso\nseeAlso: cn=ops,ou=groups,dc=example,dc=com\n")
        self.addCleanup(self.slapd.change, change + "delete: seeAlso\n")
        self.assertEqual(self.status(gantry, "bob", "bob secret"), 200)
        self.assertEqual(self.groups(gantry, "bob"), ["ops"])

    def test_ldaps(self):
        gantry = self.serve(URLS=self.slapd.tls_url, START_TLS="false")
        self.assertEqual(self.status(gantry, "bob", "bob secret"), 200)

    def test_who_is_down_is_not_wrong(self):
        gantry = self.serve(URLS="ldap://127.0.0.1:1")
        self.assertEqual(self.status(gantry, "bob", "bob secret"), 503)
        self.assertEqual(self.status(gantry, "admin", "wrong"), 401)

    def test_the_next_one_is_asked(self):
        gantry = self.serve(URLS="ldap://127.0.0.1:1," + self.slapd.url)
        self.assertEqual(self.status(gantry, "bob", "bob secret"), 200)
        self.assertEqual(self.status(gantry, "bob", "wrong"), 401)

    def test_another_authority_is_not_believed(self):
        other = self.slapd.folder / "other.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=other", "-days", "2",
                        "-keyout", "/dev/null", "-out", other], check=True, capture_output=True)
        for more in ({}, {"URLS": self.slapd.tls_url, "START_TLS": "false"}):
            gantry = self.serve(CA_FILE=str(other), **more)
            self.assertEqual(self.status(gantry, "bob", "bob secret"), 503)

    def test_the_searchers_password_is_not_the_users(self):
        wrong = self.slapd.folder / "wrong"
        wrong.write_text("not it\n")
        gantry = self.serve(BIND_PASSWORD_FILE=str(wrong))
        self.assertEqual(self.status(gantry, "bob", "bob secret"), 503)

    def test_passwords_go_nowhere_in_the_clear(self):
        with self.assertRaisesRegex(ServiceError, "unencrypted"):
            self.serve(URLS="ldap://ldap.example.com", START_TLS="false")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--gantry")
    options, rest = parser.parse_known_args()
    BINARY = options.gantry
    unittest.main(argv=[sys.argv[0], *rest])
