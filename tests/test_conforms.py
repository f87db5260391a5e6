"""What surely conforms to one of our schemas does conform, by jsonschema; and all that comes with us surely does."""

import copy
import random

import pytest
from jsonschema import Draft202012Validator

from cdshooks import shape
from cdshooks.conforms import conforming
from cdshooks.content.load import default_path
from tests.shipped import LIBRARY

ODD = ("", "x", "X Y", 0, -1, 2.5, True, None, [], {}, ["a", "a"], {"x": 1}, "2026-01-15", "https://x.example")
SMALL = ("rule", "evidence")


def files_of(kind):
    found = [shape.parse_toml(file)[0] for file in sorted(default_path().glob(f"*/{kind}.toml"))]
    return [shape._plain(content) for content in found]


def places(value, path=()):
    yield path
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, step))


def spoilt(content, chance):
    """With something in it replaced, left out, or added."""
    other = copy.deepcopy(content)
    *way, last = chance.choice([path for path in places(content) if path])
    around = other
    for step in way:
        around = around[step]
    what = chance.random()
    if what < 0.5:
        around[last] = chance.choice(ODD)
    elif what < 0.8:
        del around[last]
    elif isinstance(around, dict):
        around["another"] = chance.choice(ODD)
    else:
        around.append(chance.choice(ODD))
    return other


@pytest.mark.parametrize("kind", SMALL)
def test_what_comes_with_us_surely_conforms(kind):
    surely = shape._quick(f"content-{kind}")
    assert len(files_of(kind)) == len(LIBRARY.cards)
    assert all(map(surely, files_of(kind)))


@pytest.mark.parametrize("kind", SMALL)
def test_what_is_spoilt_conforms_only_where_jsonschema_agrees(kind):
    chance, surely, slow = random.Random(0), shape._quick(f"content-{kind}"), shape._validator(f"content-{kind}")
    others = [spoilt(chance.choice(files_of(kind)[:6]), chance) for _ in range(150)]
    assert [other for other in others if surely(other) and not slow.is_valid(other)] == []
    assert sum(map(surely, others)) < len(others)


SCHEMAS = (
    {"type": "integer", "minimum": 0, "maximum": 2},
    {"type": ["string", "null"], "minLength": 1, "maxLength": 5},
    {"type": "number", "exclusiveMinimum": 0},
    {"enum": ["x", 1]},
    {"const": "x"},
    {"pattern": "^x"},
    {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 1, "uniqueItems": True},
    {"properties": {"x": {"type": "string"}}, "required": ["x"], "additionalProperties": False},
    {"additionalProperties": {"type": "integer"}, "propertyNames": {"pattern": "x"}, "minProperties": 1},
    {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/one"}], "$defs": {"one": {"items": {"$ref": "#/$defs/one"}}}},
    {"allOf": [{"type": "string"}, {"minLength": 2}]},
    {"not": {"type": "string"}},
    {"$ref": "elsewhere.json"},
    {"items": False},
)


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_each_keyword_agrees_with_jsonschema(schema):
    surely = conforming(schema)
    said = [value for value in (*ODD, ["x"], {"x": "y"}, [[], [["x"]]]) if surely(value)]
    if "elsewhere" not in str(schema):
        assert [value for value in said if not Draft202012Validator(schema).is_valid(value)] == []
    assert bool(said) is not ("not" in schema or "elsewhere" in str(schema))
