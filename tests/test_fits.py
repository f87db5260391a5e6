"""What is quickly told to fit a schema fits it, for jsonschema as well; and our own content is told quickly."""

import json
import random
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cdshooks import shape
from cdshooks.content.load import default_path
from cdshooks.fits import surely_fits

SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text("utf-8"))
    for path in files("cdshooks").joinpath("schemas").iterdir()
    if path.name.startswith(("content-", "clients"))
}
KINDS = {"rule": "rule", "evidence": "evidence", "vignettes": "vignettes", "_bans": "bans", "_service": "service",
         "_unnoticed": "unnoticed", "signed": "signed"}  # fmt: skip
ODD = (None, True, False, 0, 1, -1, 0.5, Decimal("1.5"), Decimal("NaN"), "", " ", "x", "A-b.c", "a\n", [], ["x", "x"],
       [1, True], {}, {"x": "y"}, date(2026, 1, 15))  # fmt: skip


def _kind(path: Path) -> str:
    folder = path.parent.name
    return "content-" + ({"_concepts": "concepts", "_orders": "orders"}.get(folder) or KINDS[path.stem])


CONTENT = sorted(default_path().rglob("*.toml"))


def _agree(name: str, content: object) -> bool:
    """Where it is sure jsonschema finds no fault."""
    return not surely_fits(SCHEMAS[name])(content) or Draft202012Validator(SCHEMAS[name]).is_valid(content)


@pytest.mark.parametrize("path", CONTENT, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_our_content_is_told_to_fit_without_jsonschema(path):
    content, fault = shape.parse_toml(path)
    assert (fault, surely_fits(SCHEMAS[_kind(path)])(content)) == ("", True)


def _spoilt(value: object, chance: random.Random) -> object:
    """A copy with one thing in it changed, doubled, added or left out."""
    if chance.random() < 0.25 or not isinstance(value, dict | list) or not value:
        return chance.choice(ODD)
    if isinstance(value, list):
        at = chance.randrange(len(value))
        return chance.choice(([*value, value[at]], value[:at] + value[at + 1 :],
                              [*value[:at], _spoilt(value[at], chance), *value[at + 1 :]]))  # fmt: skip
    name = chance.choice(sorted(value))
    changed = value | {name: _spoilt(value[name], chance)}
    gone = {key: inner for key, inner in value.items() if key != name}
    return chance.choice((changed, changed, changed, gone, gone | {f"{name}x": value[name]}))


@pytest.mark.parametrize("path", CONTENT[::4], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_content_in_which_something_was_spoilt_is_told_to_fit_only_where_jsonschema_finds_no_fault(path):
    content, _ = shape.parse_toml(path)
    chance, name, told = random.Random(path.name), _kind(path), []
    small = {key: value[:2] if isinstance(value, list) else dict(list(value.items())[:2]) if isinstance(value, dict)
             else value for key, value in content.items()}  # fmt: skip
    for _ in range(60):
        spoilt = _spoilt(small, chance)
        assert _agree(name, spoilt), spoilt
        told.append(surely_fits(SCHEMAS[name])(spoilt))
    assert not all(told)  # it can be told that something does not fit


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(("", "a", "ab", "b"))),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)),
    max_leaves=6,
)
WORDS = {
    "type": st.sampled_from(["object", "array", "string", "boolean", "integer", "number", "null", ["string", "array"]]),
    "enum": st.lists(st.one_of(st.booleans(), st.integers(0, 1), st.sampled_from("ab")), min_size=1),
    "const": JSON,
    "required": st.lists(st.sampled_from("abc"), unique=True),
    "pattern": st.sampled_from(("^a", "b$", "^$")),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), st.integers(0, 2)),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), st.integers(-2, 2)),
    "uniqueItems": st.booleans(),
}
PLAIN = st.one_of(st.booleans(), st.fixed_dictionaries({}, optional=WORDS))
SCHEMA = st.recursive(
    PLAIN,
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "type": WORDS["type"],
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
            **dict.fromkeys(("additionalProperties", "propertyNames", "items", "not", "if", "then", "contains"), inner),
            **dict.fromkeys(("anyOf", "allOf", "oneOf", "prefixItems"), st.lists(inner, min_size=1, max_size=2)),
            "patternProperties": st.dictionaries(st.just("^a"), inner, max_size=1),
            "$ref": st.sampled_from(("#/$defs/a", "#/$defs/b")),
        },
    ),
    max_leaves=4,
)


@given(SCHEMA, PLAIN, JSON)
def test_whatever_a_schema_says_what_is_surely_told_to_fit_it_fits(schema, named, value):
    whole = schema | {"$defs": {"a": named, "b": True}} if isinstance(schema, dict) else schema
    if surely_fits(whole)(value):
        assert Draft202012Validator(whole).is_valid(value)
