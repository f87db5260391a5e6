"""Keeps a loaded server running, so that the tests of tests/real can be run again and again without waiting for it.

    python -m tests.real.keep        (and set HAPI_URL and HAPI_TOKEN for pytest as it prints them)
"""

import tempfile
from pathlib import Path

from tests.real import charts
from tests.real.load import load
from tests.real.server import running


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as hapi:
        for refused in load(hapi, charts.records(charts.everything()).values()):
            print("refused:", refused)
        print(f"HAPI_URL={hapi.url} HAPI_TOKEN={hapi.token}", flush=True)
        input("Return ends it. ")


if __name__ == "__main__":
    main()
