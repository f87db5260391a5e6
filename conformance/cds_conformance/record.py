"""Keeps a run in a folder, a file an exchange, and reads it back to be judged again without sending anything."""

import base64
import dataclasses
import json
from pathlib import Path

from cds_conformance.errors import BadOption
from cds_conformance.evidence import Evidence, Exchange
from cds_conformance.report.shown import body_file, without_secrets

RUN = "run.json"


def save(evidence: Evidence, folder: Path) -> None:
    """Writes run.json, and for each exchange NNN.json and the body that was sent (NNN-request.json).

    Authorization headers and access tokens are left out; everything else is kept as it was, patient data included.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()) and not (folder / RUN).exists():
            raise BadOption(f"--record {folder}: is not empty and holds no earlier run; give another folder")
        for old in folder.glob("[0-9]*.json"):
            old.unlink()
        for exchange in evidence.exchanges:
            _save_one(exchange, folder)
        run = {name: getattr(evidence, name) for name in ("url", "started", "notes", "problem", "facts")}
        (folder / RUN).write_text(json.dumps(run, indent=1), "utf-8")
    except OSError as trouble:
        raise BadOption(f"--record {folder}: {trouble}") from trouble


def _save_one(exchange: Exchange, folder: Path):
    body = _without_token(exchange)
    entry = dataclasses.asdict(exchange) | {"headers": without_secrets(exchange.headers)}
    entry |= {"body": bool(body), "answer": _text(_hidden(exchange, exchange.answer))}
    (folder / f"{exchange.number:03d}.json").write_text(json.dumps(entry, indent=1), "utf-8")
    if body:
        (folder / body_file(exchange)).write_bytes(body)


def _without_token(exchange: Exchange) -> bytes:
    return _hidden(exchange, exchange.body)


def _hidden(exchange: Exchange, data: bytes) -> bytes:
    """The access token replaced; a marker of the same kind stays, so that a token sent back is still seen."""
    granted = exchange.sent.get("fhirAuthorization") if isinstance(exchange.sent, dict) else None
    token = granted.get("access_token") if isinstance(granted, dict) else None
    if isinstance(token, str) and token:
        return data.replace(token.encode(), b"an-access-token-that-is-not-kept")
    return data


def _text(data: bytes) -> dict:
    """Bytes as JSON can hold them: as text where they are UTF-8, else in base64."""
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _bytes(held: dict) -> bytes:
    return held["text"].encode() if "text" in held else base64.b64decode(held["base64"])


def _load_one(entry: dict, folder: Path) -> Exchange:
    exchange = Exchange(**entry | {"body": b"", "answer": _bytes(entry["answer"])})
    exchange.body = (folder / body_file(exchange)).read_bytes() if entry["body"] else b""
    return exchange


def load(folder: Path) -> Evidence:
    """The evidence of a recorded run; raises BadOption where the folder holds none."""
    folder = Path(folder)
    try:
        run = json.loads((folder / RUN).read_text("utf-8"))
        files = sorted((f for f in folder.glob("*.json") if f.stem.isdecimal()), key=lambda file: int(file.stem))
        entries = [json.loads(file.read_text("utf-8")) for file in files]
        exchanges = [_load_one(entry, folder) for entry in entries]
        return Evidence(exchanges=exchanges, **run)
    except (OSError, ValueError, KeyError, TypeError) as trouble:
        raise BadOption(f"--replay {folder}: holds no recorded run: {str(trouble)[:120]}") from trouble
