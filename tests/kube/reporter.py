"""`gantry kube-reporter` as a process, and what its clusters hold."""

import json
import os
import signal
import subprocess
import time


class Reporter:
    """One reporter of the cluster "prod"; `log()` is what it said so far."""

    def __init__(self, binary, folder, arguments):
        self.command = [os.path.abspath(binary), "kube-reporter", "--cluster", "prod", *arguments]
        self.path = folder / f"reporter-{time.monotonic_ns()}.log"
        self.process = None

    def start(self):
        with open(self.path, "ab") as out:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=out)
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """As Kubernetes ends a container; the status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def log(self):
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return [json.loads(line) for line in lines if line.startswith("{")]

    def said(self, event, **fields):
        return [line for line in self.log()
                if line["event"] == event and all(line.get(k) == v for k, v in fields.items())]


def container(image, name="app"):
    return {"name": name, "image": image}


def pod_spec(image):
    return {"spec": {"containers": [container(image)]}}


def deployment(name, image):
    return {"kind": "Deployment", "metadata": {"name": name},
            "spec": {"replicas": 3, "selector": {"matchLabels": {"app": name}},
                     "template": {"metadata": {"labels": {"app": name}}, **pod_spec(image)}}}


def replica_set(name, owner, image, replicas):
    return {"kind": "ReplicaSet",
            "metadata": {"name": name, "labels": {"app": owner},
                         "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment",
                                              "name": owner, "uid": f"uid-of-{owner}",
                                              "controller": True}]},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": owner}},
                     "template": {"metadata": {"labels": {"app": owner}}, **pod_spec(image)}}}


def running_pod(name, replica_set_name, hash_of_template, image, digest):
    return {"kind": "Pod",
            "metadata": {"name": name, "labels": {"pod-template-hash": hash_of_template},
                         "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet",
                                              "name": replica_set_name, "uid": "uid-of-set",
                                              "controller": True}]},
            **pod_spec(image),
            "status": {"phase": "Running", "containerStatuses": [{
                "name": "app", "image": image, "ready": True, "restartCount": 0,
                "imageID": f"{image.rsplit(':', 1)[0]}@{digest}"}]}}
