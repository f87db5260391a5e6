"""Hostile calls made from good ones: by chance, but the same for the same seed."""

import copy
import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

SEEDS = sorted((Path(__file__).parents[2] / "fixtures" / "requests").glob("*.json"))
JSON = "application/json"


@dataclass(frozen=True)
class Call:
    """One HTTP call, as bytes."""

    method: str
    path: str
    body: bytes
    headers: dict = field(default_factory=dict)


ODD_TEXTS = [
    "", " ", "\0", "\ufeff", "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"), "🩸" * 50, "a" * 5_000,
    "<script>alert(1)</script>", "{{context.patientId}}", "Patient/1", "1289", "2026-13-45", "0000-00-00", "2026",
    "9999-12-31T23:59:60+14:00", "-0", "1e400", "NaN", "../../etc/passwd", "%00", "http://[::1", "urn:uuid:x", "\r\nX: y",
    "ng/L", "pg/mL", "{titer}", "https://example.org/?a=b#c", "active", "entered-in-error", "¼", "١٢٣", "1,5", "<5",
]  # fmt: skip
ODD_NUMBERS = [0, -0.0, -1, 1e308, 5e-324, 2**63, -(2**63) - 1, 10**400, 0.1, 1e-400]
ODD_VALUES = [None, True, False, [], {}, [[]], [None], {"": None}, [[[[[]]]]], {"resourceType": None}, *ODD_NUMBERS]


def call(random: Random) -> Call:
    """One hostile call; the shape of each is drawn from `random` alone."""
    body = json.loads(random.choice(SEEDS).read_bytes())
    path = f"/cds-services/b12-{body['hook']}"
    for _ in range(random.choice([0, 1, 1, 2, 3, 8, 30])):
        spoil(body, random)
    raw = written(body, random)
    if random.random() < 0.15:
        raw = _bytes_spoilt(raw, random)
    return _dressed(path, raw, random)


def spoil(body: object, random: Random) -> None:
    """Changes one place, found by walking down at random."""
    target = body
    for _ in range(random.randint(0, 9)):
        below = [v for v in (target.values() if isinstance(target, dict) else target) if v and isinstance(v, dict | list)]
        if not below:
            break
        target = random.choice(below)
    if isinstance(target, dict) and target:
        _spoil_object(target, random)
    elif isinstance(target, list) and target:
        _spoil_list(target, random)


def _spoil_object(target: dict, random: Random) -> None:
    key = random.choice(list(target))
    way = random.randrange(6)
    if way == 0:
        del target[key]
    elif way == 1:
        target[key] = [target[key]]
    elif way == 2:
        target[random.choice([*target, "extension", "value", "entry", "_id"])] = target[key]
    elif way == 3 and isinstance(target[key], list):
        target[key] = target[key] * random.choice([2, 50])
    else:
        target[key] = odd(random)


def _spoil_list(target: list, random: Random) -> None:
    where = random.randrange(len(target))
    if random.random() < 0.3:
        del target[where]
    else:
        target.insert(where, random.choice([odd(random), target[where]]))


def odd(random: Random) -> object:
    """A value that nobody expects."""
    if random.random() < 0.05:
        deep: object = 1
        for _ in range(random.choice([50, 400, 3_000])):
            deep = {"extension": [deep]} if random.random() < 0.5 else [deep]
        return deep
    return copy.deepcopy(random.choice(random.choice([ODD_TEXTS, ODD_VALUES])))


def written(body: object, random: Random) -> bytes:
    try:
        text = json.dumps(body, ensure_ascii=random.random() < 0.5)
    except RecursionError:
        return b"[" * 50_000
    if random.random() < 0.05:  # a doubled key: which one counts must not matter to the service's health
        text = '{"hook": null, "context": {}, ' + text[1:]
    if random.random() < 0.03:
        text = text.replace(": ", random.choice([": 1e999999,", ": 00,", ": -", ": 9" + "9" * 5_000 + ","]), 1)
    return text.encode("utf-8", "surrogatepass")


def _bytes_spoilt(raw: bytes, random: Random) -> bytes:
    spoilt = bytearray(raw)
    for _ in range(random.choice([1, 1, 4, 40])):
        where = random.randrange(len(spoilt) + 1)
        way = random.randrange(4)
        if way == 0:
            spoilt[where:where] = bytes([random.randrange(256)])
        elif way == 1:
            del spoilt[where : where + random.choice([1, 10, 1_000])]
        elif way == 2 and where < len(spoilt):
            spoilt[where] = random.randrange(256)
        else:
            spoilt[where:where] = spoilt[where : where + random.choice([1, 20, 200])]
    return bytes(spoilt)


def _dressed(path: str, raw: bytes, random: Random) -> Call:
    """The call with its method, address and headers: mostly right ones."""
    headers = {"Content-Type": JSON}
    if random.random() < 0.08:
        headers["Content-Type"] = random.choice(["text/plain", "application/xml", "", "application/json; charset=utf-16", "x"])
    if random.random() < 0.03:
        raw, headers["Content-Encoding"] = gzip.compress(b" " * 1_000_000), "gzip"
    if random.random() < 0.05:
        headers[random.choice(["Origin", "Authorization", "X-Request-ID", "Accept"])] = random.choice(ODD_TEXTS[7:16])
    method = "POST" if random.random() < 0.95 else random.choice(["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD"])
    if random.random() < 0.1:
        path = random.choice(
            ["/cds-services", "/cds-services/", f"{path}/", f"{path}/feedback", "/cds-services/%00", "/cds-services//x",
             "/cds-services/" + "x" * 3_000, "/", "/readyz", "/openapi.json", "/schemas/v1/%2e%2e.schema.json", f"{path}?x=%zz"]
        )  # fmt: skip
    return Call(method, path, raw, {k: v.encode("ascii", "replace").decode().replace("\r", "").replace("\n", "") for k, v in headers.items()})
