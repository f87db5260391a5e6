"""How much processor time a screening takes beside the plain reading of the same bytes.

    python tests/bench/bench_screen.py [--patients ../shared/synthea] [--copies 4]

The register is made of the Bundles of a folder, each copied under other ids.
"""

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import process_time

import msgspec


def bulk_of_bundles(folder: Path, target: Path, copies: int) -> int:
    """NDJSON files as a Bulk Data export of these patients would be."""
    files, patients = {}, 0
    for path in sorted(folder.rglob("*.json.gz")):
        text = gzip.decompress(path.read_bytes()).decode()
        for copy in range(copies):
            patients += 1
            bundle = json.loads(text)
            names = {e["fullUrl"]: f"{e['resource']['resourceType']}/c{copy}-{e['resource']['id']}" for e in bundle["entry"]}
            for entry in bundle["entry"]:
                row = entry["resource"] | {"id": f"c{copy}-{entry['resource']['id']}"}
                line = json.dumps(renamed(row, names), separators=(",", ":"))
                kind = row["resourceType"]
                if kind not in files:
                    files[kind] = (target / f"{kind}.ndjson").open("w")
                files[kind].write(line + "\n")
    for file in files.values():
        file.close()
    return patients


def renamed(value, names):
    if isinstance(value, dict):
        return {k: names.get(v, v) if k == "reference" else renamed(v, names) for k, v in value.items()}
    return [renamed(v, names) for v in value] if isinstance(value, list) else value


def plain_decode(target: Path) -> float:
    """Processor seconds to decode every line and throw it away."""
    decode, begun = msgspec.json.Decoder().decode, process_time()
    for path in target.glob("*.ndjson"):
        with path.open("rb") as file:
            for line in file:
                decode(line)
    return process_time() - begun


def screening(target: Path, workers: int) -> tuple[float, float]:
    """(processor seconds of all processes, largest resident MB of one) of the command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [str(Path(sys.executable).parent / "cdshooks"), "screen", str(target), "--as-of", "2026-01-15", "--workers", str(workers), "--out", str(target / "out.ndjson")]
    ran = subprocess.run(command, check=False, capture_output=True, text=True)
    if ran.returncode not in (0, 13):
        sys.exit(f"the screening failed: {ran.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, after.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=Path, default=Path("../shared/synthea"))
    parser.add_argument("--copies", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        target = Path(place)
        patients = bulk_of_bundles(arguments.patients, target, arguments.copies)
        size = sum(p.stat().st_size for p in target.glob("*.ndjson")) / 1e6
        plain = plain_decode(target)
        seconds, peak = screening(target, arguments.workers)
        print(f"{patients} patients, {size:.0f} MB; plain decode {plain:.1f} s; screening {seconds:.1f} s "
              f"({seconds / patients * 1000:.1f} ms a patient, start-up included), largest process {peak:.0f} MB")


if __name__ == "__main__":
    main()
