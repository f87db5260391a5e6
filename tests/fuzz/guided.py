"""Coverage-guided calls with atheris: `python -m tests.fuzz.guided --seconds 300`; it stops at the first fault.

Every byte string is a body that is posted to one of the services: what atheris finds are bytes that no shape of ours
would have led to. The corpus starts with our fixtures' requests and with each of their resources alone.
"""

import argparse
import sys
import tempfile
from datetime import date
from pathlib import Path

import atheris

from tests.fuzz.hostile import JSON, SEEDS

with atheris.instrument_imports(include=["cdshooks"]):
    import cdshooks.respond  # noqa: F401  (create_app imports lazily; this one is then instrumented too)
    from cdshooks import create_app
    from cdshooks.config import Settings

SETTINGS = {"today": date(2026, 1, 15), "max_body": 1_000_000, "database": "none", "access_log": False}
HOOKS = ("patient-view", "order-select", "order-sign")


class Faulty(Exception):
    """The service gave an answer that it must never give."""


def target():
    """What atheris calls with bytes: the first one says which hook, the others are the body."""
    client = create_app(Settings(**SETTINGS)).test_client()

    def one(data: bytes) -> None:
        if not data:
            return
        path = f"/cds-services/b12-{HOOKS[data[0] % 3]}"
        answer = client.post(path, data=data[1:], headers={"Content-Type": JSON})
        body = answer.get_json(silent=True)
        wanted = "cards" if answer.status_code == 200 else "issue"
        if answer.status_code >= 500 or not isinstance(body, dict) or wanted not in body:
            raise Faulty(f"{answer.status_code} on {path}")

    return one


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=int, default=60)
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(SEEDS):
            hook = next(i for i, name in enumerate(HOOKS) if f'"{name}"'.encode() in seed.read_bytes())
            Path(corpus, str(number)).write_bytes(bytes([hook]) + seed.read_bytes())
        limits = [f"-max_total_time={asked.seconds}", "-max_len=60000", "-timeout=5", "-rss_limit_mb=1024", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], corpus, *limits], target())
        atheris.Fuzz()


if __name__ == "__main__":
    main()
