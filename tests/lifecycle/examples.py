#!/usr/bin/env python3
"""The examples of ECR's documentation of lifecycle policies, as users meet them: images are pushed
on their days, boto3 asks for the preview, the run does what the preview said, and the trash says why.

    tests/lifecycle/examples.py [--gantry BINARY]

L1 to L6 are told with patterns, and with prefixes in the older documentation; S1 to S7 are examples
of the syntax. The server's clock, and boto3's, are libfaketime's. Run by the Python of
tests/support/python_tools.
"""

import argparse
import base64
import dataclasses
import http.client
import json
import pathlib
import sys
import time
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "support"), str(TESTS / "ecr")]
import fake_time  # noqa: E402

fake_time.begin()

import control  # noqa: E402
from oci import CONFIG, MANIFEST, descriptor, digest_of  # noqa: E402
from services import Gantry  # noqa: E402
from world import World, password_of  # noqa: E402

OPTIONS = argparse.Namespace(gantry=None)
# An image "of 1 day" is not older than 1 day: all are pushed an hour later.
LATER = 1 / 24
ARCHIVE = {"type": "transition", "targetStorageClass": "archive"}
REFUSED = "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: "


def rule(priority, action=None, **selection):
    return {"rulePriority": priority, "description": f"Rule {priority}", "selection": selection,
            "action": action or {"type": "expire"}}


def more_than(count, **selection):
    return {"countType": "imageCountMoreThan", "countNumber": count, **selection}


def since(what, days, **selection):
    return {"countType": f"sinceImage{what}", "countUnit": "days", "countNumber": days, **selection}


def tagged(form, *words):
    star = "*" if form == "tagPatternList" else ""
    return {"tagStatus": "tagged", form: [word + star for word in words]}


@dataclasses.dataclass
class Example:
    """`images`: name → (tags, days since the push). `expected`: name → the rule that takes it, into
    the trash or, of `archived`, into the archive."""
    images: dict
    rules: list
    expected: dict
    archived: str = ""  # names of one letter
    pulled: dict = dataclasses.field(default_factory=dict)  # name → days since
    run_on: float = 0  # how many days ago the policy runs


def worked_examples(form):
    """L1 to L6."""
    def t(*words):
        return tagged(form, *words)
    both = {"A": (["beta-1", "prod-1"], 10), "B": (["beta-2", "prod-2"], 9), "C": (["beta-3"], 8)}
    untagged, everything = {"tagStatus": "untagged"}, {"tagStatus": "any"}
    return {
        "l1": Example(both, [rule(1, **more_than(1, **t("prod"))), rule(2, **more_than(1, **t("beta")))],
                      {"A": 1}),
        "l2": Example(both, [rule(1, **more_than(1, **t("beta"))), rule(2, **more_than(1, **t("prod")))],
                      {"A": 1, "B": 1}),
        "l3": Example({"A": (["alpha-1"], 12), "B": (["beta-1"], 11), "C": (["alpha-2", "beta-2"], 10),
                       "D": (["alpha-3"], 4), "E": (["beta-3"], 3), "F": (["alpha-4", "beta-4"], 2)},
                      [rule(1, **since("Pushed", 5, **t("alpha", "beta")))], {"C": 1}),
        "l4": Example({"A": (["alpha-1", "beta-1", "gamma-1"], 10), "B": (["alpha-2", "beta-2"], 9),
                       "C": (["alpha-3", "beta-3", "gamma-2"], 8)},
                      [rule(1, **more_than(1, **t("alpha", "beta")))], {"A": 1, "B": 1}),
        "l5": Example({"A": (["alpha-1"], 4), "B": (["beta-1"], 3), "C": ([], 2), "D": (["alpha-2"], 1)},
                      [rule(1, **more_than(1, **everything))], {"A": 1, "B": 1, "C": 1}),
        "l6": Example({"A": (["alpha-1", "beta-1"], 4), "B": ([], 3), "C": (["alpha-2"], 2),
                       "D": (["git-hash"], 1), "E": ([], 1)},
                      [rule(1, **more_than(1, **t("alpha"))), rule(2, **since("Pushed", 1, **untagged)),
                       rule(3, **more_than(1, **everything))], {"A": 1, "B": 2, "D": 3}),
    }


def syntax_examples():
    """S1 to S6; what is to be archived first is archived by s6a, and expires by s3 and s6b."""
    prod, everything = tagged("tagPatternList", "prod"), {"tagStatus": "any"}
    dormant = since("Transitioned", 365, tagStatus="any", storageClass="archive")
    s6 = [rule(1, ARCHIVE, **since("Pushed", 30, **everything)), rule(2, **dormant)]
    ages = {"A": (["prod-1"], 40), "B": (["prod-2"], 10), "C": (["beta-1"], 40)}
    old = {"A": (["prod-1"], 400), "B": (["prod-2"], 390), "C": (["prod-3"], 10)}
    return {
        "s1": Example(ages, [rule(1, **since("Pushed", 14, **prod))], {"A": 1}),
        "s2": Example({"A": (["a"], 100), "B": (["b"], 100), "C": (["c"], 80)},
                      [rule(1, ARCHIVE, **since("Pulled", 90, **everything))], {"A": 1}, "A",
                      pulled={"B": 50}),
        "s3": Example(old, [rule(1, **dormant)], {}),  # nothing is in the archive
        "s4": Example({"A": ([], 3), "B": ([], 2), "C": (["old"], 9)},
                      [rule(1, **more_than(1, tagStatus="untagged"))], {"A": 1}),
        "s5": Example(ages, [rule(1, ARCHIVE, **since("Pushed", 30, **prod))], {"A": 1}, "A"),
        "s6a": Example(old, s6, {"A": 1}, "A", run_on=369.5),
        "s6b": Example({}, s6, {"A": 2, "B": 1}, "B"),  # of s6a, a year later
    }


def rejected():
    """S7, by what is wrong with each."""
    any_, untagged = {"tagStatus": "any"}, {"tagStatus": "untagged"}
    archive = {"storageClass": "archive"}
    prod = tagged("tagPatternList", "prod")
    return {
        "sinceImageTransitioned without archive": [rule(1, **since("Transitioned", 365, **any_))],
        "sinceImageTransitioned and transition":
            [rule(1, ARCHIVE, **since("Transitioned", 365, **any_, **archive))],
        "imageCountMoreThan with countUnit": [rule(1, **more_than(1, countUnit="days", **any_))],
        "countNumber 0": [rule(1, **more_than(0, **any_))],
        "five stars": [rule(1, **more_than(1, tagStatus="tagged", tagPatternList=["a*b*c*d*e*"]))],
        "tagged without a list": [rule(1, **more_than(1, tagStatus="tagged"))],
        "untagged with a list": [rule(1, **more_than(1, tagStatus="untagged", tagPrefixList=["a"]))],
        "two lists": [rule(1, **more_than(1, tagPrefixList=["a"], **prod))],
        "a priority twice": [rule(1, **more_than(1, **prod)), rule(1, **more_than(1, **untagged))],
        "any before another": [rule(1, **more_than(9, **any_)), rule(2, **more_than(1, **prod))],
        "untagged twice": [rule(1, **more_than(1, **untagged)), rule(2, **since("Pushed", 1, **untagged))],
    }


def text_of(rules):
    return json.dumps({"rules": rules})


class Stage:
    """A server, a client of ECR, and the examples: all that happens happens on its day."""

    def __init__(self, gantry, examples):
        self.gantry = gantry
        self.world = World(gantry)
        self.ecr = self.world.ecr
        self.examples = examples  # repository → Example
        self.digests = {}  # (repository, name) → digest
        self.seen = {}  # repository → what came of it

    def play(self):
        events = []  # (days ago, order, what)
        for repository, example in self.examples.items():
            for name, (tags, age) in example.images.items():
                events.append((age - LATER, 0, self.push, (repository, name, tags)))
            for name, age in example.pulled.items():
                events.append((age - LATER, 1, self.pull, (repository, name)))
            events.append((example.run_on, 2, self.try_out, (repository,)))
        for day, _, what, arguments in sorted(events, key=lambda event: (-event[0], event[1])):
            fake_time.go_back(day)
            what(*arguments)

    def send(self, method, path, body=b"", media_type="application/octet-stream"):
        connection = http.client.HTTPConnection(self.gantry.address, timeout=60)
        # A password lives for hours: it is asked for on each day.
        who = base64.b64encode(f"AWS:{password_of(self.ecr)}".encode()).decode()
        connection.request(method, path, body or None, {
            "Content-Type": media_type, "Accept": "*/*", "Authorization": f"Basic {who}"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer.status} {text}")

    def push(self, repository, name, tags):
        config = json.dumps({"architecture": "amd64", "os": "linux", "of": name}).encode()
        self.send("POST", f"/v2/{repository}/blobs/uploads/?digest={digest_of(config)}", config)
        manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "layers": [],
                               "config": descriptor(config, CONFIG)}).encode()
        for reference in tags or [digest_of(manifest)]:
            self.send("PUT", f"/v2/{repository}/manifests/{reference}", manifest, MANIFEST)
        self.digests[repository, name] = digest_of(manifest)

    def pull(self, repository, name):
        self.send("GET", f"/v2/{repository}/manifests/{self.digests[repository, name]}")
        # It is written down within two minutes, by a task that looks at the clock now and then.
        for minutes in range(2, 30, 2):
            fake_time.go_back(self.examples[repository].pulled[name] - LATER - minutes / 1440)
            for _ in range(30):
                if "lastRecordedPullTime" in self.image(repository, name):
                    return
                time.sleep(0.2)
        raise AssertionError(f"the pull of {repository} was not written down")

    def image(self, repository, name):
        return self.ecr.describe_images(
            repositoryName=repository,
            imageIds=[{"imageDigest": self.digests[repository, name]}])["imageDetails"][0]

    def names(self, repository, digests):
        by_digest = {digest: name for (where, name), digest in self.digests.items()
                     if where == repository}
        return sorted(by_digest[digest] for digest in digests)

    def preview(self, repository, rules):
        """Name → (rule, action), as ECR's API tells it."""
        self.ecr.start_lifecycle_policy_preview(repositoryName=repository,
                                                lifecyclePolicyText=text_of(rules))
        self.ecr.get_waiter("lifecycle_policy_preview_complete").wait(repositoryName=repository)
        results = self.ecr.get_lifecycle_policy_preview(repositoryName=repository)["previewResults"]
        return {self.names(repository, [one["imageDigest"]])[0]:
                (one["appliedRulePriority"], one["action"]["type"]) for one in results}

    def try_out(self, repository):
        """Preview, policy, run; what was seen."""
        example = self.examples[repository]
        of = repository
        if not example.images:  # the next chapter of the one before
            of = repository.replace("s6b", "s6a")
        previewed = self.preview(of, example.rules)
        self.ecr.put_lifecycle_policy(repositoryName=of, lifecyclePolicyText=text_of(example.rules))
        # The hourly pass may have been faster: what counts is what is left, and why.
        control.ask(self.gantry.folder / "data", "POST", f"/repositories/{of}/lifecycle-run", {})
        left = [one["imageDigest"]
                for one in self.ecr.describe_images(repositoryName=of)["imageDetails"]]
        trash = control.ask(self.gantry.folder / "data", "GET", f"/trash?repository={of}&n=1000")
        reasons = {self.names(of, [one["subject"]])[0]: one["reason"] for one in trash["trash"]}
        self.seen[repository] = {"previewed": previewed, "left": self.names(of, left),
                                 "reasons": reasons, "again": self.preview(of, example.rules)}
        self.ecr.delete_lifecycle_policy(repositoryName=of)  # its day is over


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        examples = syntax_examples()
        for form in ("tagPatternList", "tagPrefixList"):
            for name, example in worked_examples(form).items():
                examples[f"{name}-{form[3:6].lower()}"] = example
        first_day = max(age for example in examples.values() for _, age in example.images.values())
        fake_time.go_back(first_day + 1)
        cls.gantry = Gantry(binary=OPTIONS.gantry, anonymous=False).start()
        cls.addClassCleanup(cls.gantry.stop)
        cls.stage = Stage(cls.gantry, {f"{name}/app": one for name, one in examples.items()})
        cls.stage.play()

    def test_previews_and_runs(self):
        for repository, example in self.stage.examples.items():
            with self.subTest(repository):
                seen = self.stage.seen[repository]
                self.assertEqual(seen["previewed"], {
                    name: (by, "TRANSITION" if name in example.archived else "EXPIRE")
                    for name, by in example.expected.items()})
                self.assertEqual(seen["again"], {}, "the run left something to do")
                expires = set(example.expected) - set(example.archived)
                images = example.images or self.stage.examples["s6a/app"].images
                pushed = {name for name, (_, age) in images.items() if age > example.run_on}
                self.assertEqual(seen["left"], sorted(pushed - expires))
                for name in expires:
                    self.assertRegex(seen["reasons"][name],
                                     rf"^lifecycle: rule {example.expected[name]} \(Rule ")

    def test_what_gantry_adds_is_taken(self):
        """ECR refuses sinceImagePulled with expire (S7)."""
        self.stage.ecr.put_lifecycle_policy(
            repositoryName="s3/app",
            lifecyclePolicyText=text_of([rule(1, **since("Pulled", 90, tagStatus="any"))]))

    def test_policies_that_contradict_themselves(self):
        for what, rules in rejected().items():
            with self.subTest(what):
                error, message = self.stage.world.refusal(
                    self.stage.ecr.put_lifecycle_policy, repositoryName="s1/app",
                    lifecyclePolicyText=text_of(rules).ljust(100))
                self.assertEqual(error, "InvalidParameterException")
                self.assertTrue(message.startswith(REFUSED), message)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gantry", type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=sys.argv[:1] + rest)
