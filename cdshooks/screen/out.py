"""The table of a screening, one row a card, written as NDJSON, CSV or Parquet."""

import csv
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from errno import EIO
from itertools import accumulate, chain
from pathlib import Path

from cdshooks.errors import BadInput
from cdshooks.screen.bucket import Bucketful

COLUMNS = ("patient", "topic", "indicator", "hook", "summary", "values", "reason", "as_of", "order")
BATCH = 50_000


def rows(found: Iterable[Bucketful]) -> Iterator[dict]:
    """The rows, bucket after bucket; `values` are what the card saw, in words."""
    for bucket in found:
        for patient, day, card in bucket.rows:
            yield {
                "patient": patient,
                "topic": card.topic,
                "indicator": card.indicator,
                "hook": card.hook,
                "summary": card.summary,
                "values": list(card.values),
                "reason": card.reason,
                "as_of": day.isoformat(),
                "order": card.order,
            }


def write(path: Path, found: Iterable[Bucketful]) -> int:
    """Writes the table, of the kind that the name's end says; how many rows it has."""
    with whole(path) as part:
        return WRITERS[_kind(path)](part, rows(found))


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where a file is written until it is whole: half a table would look like a table. Raises BadInput."""
    part = _part(path)
    try:
        with writing(path):
            yield part
            part.replace(path.resolve())
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def check_apart(source: Path, places: Sequence[Path]) -> None:
    """Raises BadInput where what is written would lie among what is read, or one on the other."""
    inside = source.resolve()
    for path in places:
        if inside in (real := path.resolve(), *real.parents):
            raise BadInput(f"{path}: lies in {source}, where it would be read as patients; name a place outside of it")
    if len({path.resolve() for path in places}) < len(places):
        raise BadInput(f"{places[0]}: is named twice; give each of --out, --report and --work a place of its own")


def check_table(path: Path) -> None:
    """Raises BadInput where such a table cannot be written: before a register is judged for hours."""
    if _kind(path) == PARQUET:
        _arrow(path)
    check_place(path)


def check_changes(path: Path) -> None:
    """The same for what `compare` writes, which is NDJSON whatever it is called."""
    if path.name.endswith((".csv", PARQUET)):
        raise BadInput(f"{path}: changes are written as NDJSON; name a .ndjson file")
    check_place(path)


def check_place(path: Path) -> None:
    """Raises BadInput where no file can be written."""
    if path.is_dir() or not path.parent.is_dir():
        raise BadInput(f"{path}: cannot be written; name a file in a folder that is there")
    part = _part(path)
    with writing(path):
        part.touch()
        part.unlink()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raises BadInput for whatever the disk says."""
    try:
        yield
    except OSError as fault:
        why = fault.strerror or type(fault).__name__
        raise BadInput(f"{path}: cannot be written ({why}); make room, or name another place, and try again") from None


def _part(path: Path) -> Path:
    real = path.resolve()  # what a link leads to is replaced, not the link
    return real.with_name(f".part-{os.getpid()}-{real.name}")


def _kind(path: Path) -> str:
    kind = next((end for end in WRITERS if path.name.endswith(end)), None)
    if kind is None:
        raise BadInput(f"{path}: cannot tell the format; the name must end with {', '.join(WRITERS)}")
    return kind


def _ndjson(path: Path, table: Iterable[dict]) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in table:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def _csv(path: Path, table: Iterable[dict]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for row in table:
            writer.writerow({name: _cell(value) for name, value in row.items()})
            count += 1
    return count


def _cell(value: object) -> str:
    """A text that no spreadsheet takes for a formula."""
    text = " | ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _arrow(path: Path) -> tuple:
    try:
        import arro3.core as arrow
        from arro3.io import write_parquet
    except ImportError:
        raise BadInput(f"{path}: Parquet needs an extra; install cdshooks[parquet], or name a .ndjson file") from None
    return arrow, write_parquet


def _parquet(path: Path, table: Iterable[dict]) -> int:
    arrow, write_parquet = _arrow(path)
    count = 0

    def batches():
        nonlocal count
        for batch in _batched(table):
            count += len(batch)
            yield arrow.RecordBatch.from_pydict({name: _column(arrow, batch, name) for name in COLUMNS})

    first = next(made := batches(), None)
    first = first or arrow.RecordBatch.from_pydict({name: _column(arrow, [], name) for name in COLUMNS})
    try:
        write_parquet(arrow.RecordBatchReader.from_batches(first.schema, chain([first], made)), str(path))
    except BaseException as fault:  # where the disk is full the library panics, past `except Exception`
        if type(fault).__name__ == "PanicException" or type(fault) is Exception:
            raise OSError(EIO, f"the Parquet writer gave up: {str(fault)[-120:]}") from None
        raise
    return count


def _column(arrow, batch: list[dict], name: str):
    text = arrow.DataType.utf8()
    if name != "values":
        return arrow.Array([row[name] for row in batch], text)
    ends = [0, *accumulate(len(row[name]) for row in batch)]
    flat = arrow.Array([value for row in batch for value in row[name]], text)
    return arrow.list_array(arrow.Array(ends, arrow.DataType.int32()), flat)


def _batched(table: Iterable[dict]) -> Iterator[list[dict]]:
    batch: list[dict] = []
    for row in table:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


PARQUET = ".parquet"
WRITERS = {".ndjson": _ndjson, ".csv": _csv, PARQUET: _parquet}
