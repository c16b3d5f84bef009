"""What is wrong with a response, as a list of sentences; empty when it is as expected."""

import json


def glob_matches(pattern, text):
    """Whether `text` matches `pattern`, in which * stands for any run of characters."""
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    if not text.startswith(first):
        return False
    at = len(first)
    *middle, last = rest
    for part in middle:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return len(text) - at >= len(last) and text.endswith(last)


def header_problems(response, name, pattern):
    values = response.values(name)
    if not values:
        return [f"no header {name}"]
    value = ", ".join(values)
    return [] if glob_matches(pattern, value) else [f"expected {name}: {pattern}, got {value!r}"]


def body_problems(got, wanted):
    if got == wanted:
        return []
    at = next((i for i, (a, b) in enumerate(zip(got, wanted)) if a != b),
              min(len(got), len(wanted)))
    return [f"the body differs at byte {at}: expected {wanted[at:at + 60]!r} of {len(wanted)} "
            f"bytes, got {got[at:at + 60]!r} of {len(got)}"]


def json_problems(body, wanted):
    try:
        got = json.loads(body)
    except ValueError:
        return ["the body is not JSON"]
    return subset_problems(got, wanted, "")


def subset_problems(got, wanted, path):
    """Every member of a wanted object must be there; lists must match item by item; the text "*"
    stands for any value; null for an absent member."""
    if wanted == "*":
        return []
    if isinstance(wanted, dict) and isinstance(got, dict):
        problems = []
        for key, value in wanted.items():
            place = f"{path}.{key}"
            if value is None:
                problems += [f"unwanted {place}"] if got.get(key) is not None else []
            elif key not in got:
                problems.append(f"no {place} in the JSON body")
            else:
                problems += subset_problems(got[key], value, place)
        return problems
    if isinstance(wanted, list) and isinstance(got, list):
        if len(wanted) != len(got):
            return [f"expected {len(wanted)} items at {path or 'the top'}, got {len(got)}"]
        return [problem for i, (one, other) in enumerate(zip(got, wanted))
                for problem in subset_problems(one, other, f"{path}[{i}]")]
    if type(wanted) is type(got) and wanted == got:
        return []
    return [f"expected {json.dumps(wanted)} at {path or 'the top'}, got {json.dumps(got)}"]


def json_at(body, path):
    """The value at a.b.0 in a JSON body, None if there is none."""
    try:
        value = json.loads(body)
        for part in path.split("."):
            value = value[int(part)] if isinstance(value, list) else value[part]
        return value
    except (ValueError, KeyError, IndexError, TypeError):
        return None


def error_problems(response, codes):
    """OCI distribution 1.1, error codes: {"errors":[{"code","message","detail"}]}."""
    code = json_at(response.body, "errors.0.code")
    if code not in codes:
        return [f"expected the error {'|'.join(codes)}, got {code}"]
    return error_form_problems(response)


def error_form_problems(response):
    problems = []
    if not (response.value("Content-Type") or "").startswith("application/json"):
        problems.append(f"an error of type {response.value('Content-Type')}")
    errors = json_at(response.body, "errors")
    if not isinstance(errors, list) or not errors:
        return problems + ["the body of the error has no errors"]
    for error in errors:
        code, message = error.get("code"), error.get("message")
        if not isinstance(code, str) or code != code.upper() or " " in code:
            problems.append(f"the error code {code!r} is not in upper case")
        if not isinstance(message, str) or not message:
            problems.append("an error without a message")
    return problems


def universal_problems(method, target, response):
    """What holds for every response."""
    problems = []
    for name in ("Date", "X-Request-Id"):
        if len(response.values(name)) != 1:
            problems.append(f"{len(response.values(name))} headers {name}")
    length = response.value("Content-Length")
    if method == "HEAD":
        if response.body:
            problems.append("a HEAD with a body")
    elif response.status not in (204, 304) and length not in (None, str(len(response.body))):
        problems.append(f"Content-Length {length} with {len(response.body)} bytes")
    path = target.partition("?")[0]
    if response.status >= 400 and method != "HEAD" and path.startswith("/v2/"):
        problems += error_form_problems(response)
    return problems
