"""The table of what the standard asks of a service, and of the tests that prove it here: docs/requirements.md.

    python -m tests.tools.requirements_table > docs/requirements.md

A test names what it proves itself: `@pytest.mark.proves("pre-7")`.
"""

import ast
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
STATEMENTS = ROOT / "conformance" / "cds_conformance" / "statements.toml"
# What no test of ours can prove, and how it is kept nevertheless.
OTHERWISE = {
    "disc-9": "the README and this manual",
    "card-9": "no icon is sent",
}

OPENING = """# What the standard asks, and what proves it here

*This page is generated: `python -m tests.tools.requirements_table > docs/requirements.md`.*

Every statement of CDS Hooks that binds a service, in the judge's words (`conformance/cds_conformance/statements.toml`), with
the tests of this project that show it to hold for cdshooks. The judge itself, which shares no code with cdshooks, is run
against it besides: `tests/conformance/`.

"""


def statements() -> list[dict]:
    return tomllib.loads(STATEMENTS.read_text("utf-8"))["statement"]


def proofs() -> dict[str, list[str]]:
    """Statement id -> the tests that name it, as file::function."""
    found: dict[str, list[str]] = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for name in _named(node):
                    found.setdefault(name, []).append(f"{file.relative_to(ROOT / 'tests').as_posix()}::{node.name}")
    return found


def _named(function: ast.FunctionDef) -> list[str]:
    marks = [mark for mark in function.decorator_list if isinstance(mark, ast.Call)]
    return [word.value for mark in marks if ast.unparse(mark.func) == "pytest.mark.proves" for word in mark.args]


def table() -> str:
    proven = proofs()
    rows = [
        f"| {s['id']} | {s['level']} | {s['since']} | {s['says']} | {_proof(s['id'], proven)} |" for s in statements()
    ]
    head = ["| id | level | since | the service | proven by |", "| --- | --- | --- | --- | --- |"]
    return OPENING + "\n".join([*head, *rows]) + "\n"


def _proof(identity: str, proven: dict[str, list[str]]) -> str:
    tests = "<br>".join(f"`{test}`" for test in proven.get(identity, ()))
    return tests or OTHERWISE.get(identity, "")


if __name__ == "__main__":
    print(table(), end="")
