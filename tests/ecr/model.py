#!/usr/bin/env python3
"""Makes src/api/ecr/model.json: what ECR's model says of the inputs of its operations.

    tests/ecr/model.py [--check]

Reads the model that botocore brings (tests/support/python_tools.txt says which version): the input of every operation, the
shapes in it, and their constraints. Documentation and outputs stay behind. With --check it only
compares, and ends with 1 when the file is not what it would write.
"""

import argparse
import json
import pathlib
import sys

import botocore.loaders

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILE = ROOT / "src/api/ecr/model.json"
CONSTRAINTS = ("min", "max", "pattern", "enum")


def service_model():
    return botocore.loaders.Loader().load_service_model("ecr", "service-2")


def shape_of(shape):
    """A shape as the server reads it: references by name."""
    made = {"type": shape["type"]}
    if "members" in shape:
        made["members"] = {name: member["shape"] for name, member in shape["members"].items()}
        if shape.get("required"):
            made["required"] = list(shape["required"])
    if "member" in shape:
        made["member"] = shape["member"]["shape"]
    made.update({key: shape[key] for key in CONSTRAINTS if key in shape})
    return made


def reachable(shapes, name, found):
    if name in found:
        return
    found.add(name)
    shape = shapes[name]
    for member in [*shape.get("members", {}).values(), *([shape["member"]] if "member" in shape else [])]:
        reachable(shapes, member["shape"], found)


def render():
    model = service_model()
    found = set()
    operations = {}
    for name, operation in sorted(model["operations"].items()):
        operations[name] = operation["input"]["shape"]
        reachable(model["shapes"], operations[name], found)
    lines = ["{", f' "version": "{model["metadata"]["apiVersion"]}",', ' "operations": {']
    lines.append(",\n".join(f'  "{name}": "{shape}"' for name, shape in operations.items()))
    lines += [" },", ' "shapes": {']
    lines.append(",\n".join(f'  "{name}": {json.dumps(shape_of(model["shapes"][name]))}'
                            for name in sorted(found)))
    return "\n".join(lines + [" }", "}", ""])


def main():
    options = argparse.ArgumentParser(description=__doc__,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--check", action="store_true")
    text = render()
    if not options.parse_args().check:
        FILE.write_text(text)
        return 0
    if FILE.read_text() == text:
        return 0
    print(f"{FILE.relative_to(ROOT)} is not what tests/ecr/model.py makes of botocore's model")
    return 1


if __name__ == "__main__":
    sys.exit(main())
