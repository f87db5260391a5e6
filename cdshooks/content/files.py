"""Content files: read as TOML with exact decimals, checked against the JSON Schema of their kind."""

import json
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path

from jsonschema import Draft202012Validator

from cdshooks.content.faults import Faults, nth


@cache
def _validator(kind: str) -> Draft202012Validator:
    text = files("cdshooks").joinpath("schemas", f"content-{kind}.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def read_toml(path: Path, kind: str, place: str, faults: Faults) -> dict:
    """A content file; what is wrong with it is added to the faults, and it counts as empty."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except FileNotFoundError:
        faults.add(place, "the file is missing")
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        faults.add(place, f"it is not TOML that can be read: {error}")
        return {}
    errors = list(faults_of_shape(content, kind))
    for path, says in errors:
        faults.add(f"{place}{_where(path)}", says)
    return {} if errors else content


def faults_of_shape(content: dict, kind: str) -> Iterator[tuple[list, str]]:
    """Where the content is not as the schema of its kind says, and what is wrong there."""
    errors = sorted(_validator(kind).iter_errors(_plain(content)), key=lambda e: [str(p) for p in e.absolute_path])
    for error in errors:
        for says in _in_words(error):
            yield list(error.absolute_path), says


def _plain(value: object) -> object:
    """Dates as text, so that a JSON Schema can speak of them."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


def _where(path: Iterable) -> str:
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
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; known are {', '.join(sorted(known))}"
