"""TOML files that people write, held against the JSON Schema of their kind; every fault with place, in plain words."""

import json
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path

from cdshooks.fits import Fits, surely_fits


def _schema(name: str) -> dict:
    return json.loads(files("cdshooks").joinpath("schemas", f"{name}.schema.json").read_text(encoding="utf-8"))


@cache
def _fits(schema: str) -> Fits:
    return surely_fits(_schema(schema))


@cache
def _validator(schema: str):
    from jsonschema import Draft202012Validator  # slow to import, and what fits needs it not

    return Draft202012Validator(_schema(schema))


def read_toml(path: Path, schema: str) -> tuple[dict, list[tuple[str, str]]]:
    """What the file says, with exact decimals, and its faults (place in the file, words); with faults it is empty."""
    content, fault = parse_toml(path)
    if fault:
        return {}, [("", fault)]
    faults = [(where(place), says) for place, says in faults_of_shape(content, schema)]
    return ({} if faults else content), faults


def parse_toml(path: Path) -> tuple[dict, str]:
    """What the file says, with exact decimals; or nothing, and why it cannot be read."""
    try:
        return parse_text(path.read_text(encoding="utf-8")), ""
    except FileNotFoundError:
        return {}, "the file is missing"
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return {}, f"it is not TOML that can be read: {error}"


def parse_text(text: str) -> dict:
    """TOML with exact decimals."""
    return tomllib.loads(text, parse_float=Decimal)


def faults_of_shape(content: dict, schema: str) -> Iterator[tuple[list, str]]:
    """Where the content is not as the schema says, and what is wrong there."""
    if _fits(schema)(content):
        return
    errors = sorted(_validator(schema).iter_errors(_plain(content)), key=lambda e: [str(p) for p in e.absolute_path])
    for error in errors:
        for says in _in_words(error):
            yield list(error.absolute_path), says


def nth(index: int) -> str:
    """0 -> "first": how a place in a list is told to people."""
    words = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
    return words[index] if index < len(words) else f"{index + 1}th"


def _plain(value: object) -> object:
    """Dates as text, so that a JSON Schema can speak of them."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def where(path: Iterable) -> str:
    """`, second [[when]], ask`"""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts[-1] = f"{nth(step)} [[{parts[-1]}]]"
        else:
            parts.append(step)
    return "".join(f", {part}" for part in parts)


def _in_words(error) -> list[str]:
    """A schema fault in words for someone who does not know JSON Schema."""
    match error.validator:
        case "additionalProperties":
            known = set(error.schema.get("properties", {}))
            extra = [k for k in error.instance if k not in known]
            return [f"the key '{k}' is not known here{_nearest(k, known)}" for k in extra]
        case "required":
            missing = [k for k in error.validator_value if k not in error.instance]
            return [f"the key '{k}' is missing" for k in missing]
        case "enum":
            return [f"'{error.instance}' is none of: {', '.join(map(str, error.validator_value))}"]
        case "maxLength":
            return [f"{len(error.instance)} characters; at most {error.validator_value} are allowed"]
    return [error.message if len(error.message) < 200 else f"it is not as the schema says ({error.validator})"]


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; known are {', '.join(sorted(known))}"
