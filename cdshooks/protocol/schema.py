"""The JSON Schemas of the messages: the contract in the package, and its breaches told in plain words."""

import json
import re
from functools import cache
from importlib.resources import files

_WORD = re.compile(r"[A-Za-z-]{1,32}")
MOST_FAULTS = 100
# The messages, in the order in which a reader meets them; each is published under its file's name.
MESSAGES = (
    "discovery", "request", "request-patient-view", "request-order-select", "request-order-sign", "response",
    "feedback", "outcome", "trace",
)  # fmt: skip
SUFFIX = ".schema.json"


def read(name: str) -> dict:
    """The schema of one message, such as `response` or `request-patient-view`."""
    return json.loads((files("cdshooks") / "schemas" / f"{name}{SUFFIX}").read_text("utf-8"))


@cache
def validator(name: str):
    """The validator of one message, built at its first use: jsonschema is slow to import and to set up."""
    from jsonschema import Draft202012Validator, validators
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    def undeclared(other):
        # A `$schema` met on the way makes jsonschema go on with its stock validator, without our `pattern`.
        contents = read(other)
        del contents["$schema"]
        return f"{other}{SUFFIX}", DRAFT202012.create_resource(contents)

    kind = validators.extend(Draft202012Validator, {"pattern": _pattern})
    # All of them at once, ready: looked up one by one they would be read anew for each element of a long list.
    known = Registry().with_resources(undeclared(other) for other in MESSAGES).crawl()
    return kind(read(name), registry=known)


def faults(name: str, message: object) -> list[str]:
    """Every way in which the message breaks its schema, one line each: where, what, and what to do."""
    found: dict[str, str] = {}
    for error in validator(name).iter_errors(message):
        for place, what in _told(error):
            found.setdefault(place, f"{_cut(place, 120)}: {what}")
    lines = sorted(found.values())
    if len(lines) > MOST_FAULTS:
        return [*lines[:MOST_FAULTS], f"$: and {len(lines) - MOST_FAULTS} faults more"]
    return lines


def _told(error):
    """The faults that one error of the validator stands for, as place and words."""
    if error.validator in ("required", "dependentRequired"):
        return [_told_missing(error, name) for name in _missing(error)]
    if error.validator in ("maxItems", "maxProperties"):
        return [(error.json_path, f"has more than {error.validator_value} elements; send no more than these")]
    if "title" not in error.schema:
        return [(error.json_path, f"{_shown(error)} is not as the schema says ({error.validator})")]
    value = "what was sent" if error.schema.get("writeOnly") else _shown(error)
    return [(error.json_path, f"{value} is not {error.schema['title']}; {error.schema['description']}")]


def _told_missing(error, name):
    meaning = error.schema.get("properties", {}).get(name, {}).get("description")
    return f"{error.json_path}.{name}", f"is missing; {meaning}" if meaning else "is missing"


def _missing(error):
    wanted = error.validator_value
    if error.validator == "dependentRequired":
        wanted = [name for owner, names in wanted.items() if owner in error.instance for name in names]
    return [name for name in wanted if name not in error.instance]


def _pattern(_validator, pattern, instance, _schema):
    """`pattern` as JSON Schema means it: there `$` is the very end, in Python also the place before a last newline."""
    from jsonschema import ValidationError

    if isinstance(instance, str) and not _compiled(pattern).search(instance):
        yield ValidationError(f"it does not match {pattern}")


@cache
def _compiled(pattern):
    return re.compile(re.sub(r"\$$", r"\\Z", pattern))


def _shown(error):
    """What was sent, by its kind: a text or number may name the patient. Only one word of a closed list is repeated."""
    value = error.instance
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, str):
        closed = error.validator in ("const", "enum") and _WORD.fullmatch(value)
        return repr(value) if closed else f"a text of {len(value)} character{'' if len(value) == 1 else 's'}"
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a number"


def _cut(text, most):
    return text if len(text) <= most else f"{text[: most - 1]}…"
