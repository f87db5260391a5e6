"""The folder of an export: what was asked, how far it is, and a mark while it is not whole."""

import json
from collections.abc import Mapping
from pathlib import Path

from cdshooks.errors import BadInput
from cdshooks.screen.inputs import INCOMPLETE

STATE = ".export.json"


class Folder:
    """Readable by its owner only: it holds records of patients."""

    def __init__(self, path: Path):
        self.path = path

    def begin(self, asked: Mapping) -> dict:
        """What is known of the export that was asked for here; raises BadInput where something else lies here."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as fault:
            raise BadInput(f"{self.path}: cannot be a folder ({fault.strerror}); name another one") from None
        state = self.path / STATE
        if state.exists():
            told = _read(state)
            if told["asked"] == asked:
                return told
            if "status" not in told:  # the server had not even begun
                return self.anew(asked)
            raise BadInput(f"{self.path}: holds another export; name a new folder, or remove this one")
        if any(self.path.iterdir()):
            raise BadInput(f"{self.path}: is not empty; name a new folder, so that no other patient lies among these")
        self.path.chmod(0o700)
        return self.anew(asked)

    def anew(self, asked: Mapping) -> dict:
        """Nothing is known yet; files of an export that the server has forgotten go."""
        self.without_files()
        (self.path / INCOMPLETE).touch(mode=0o600)
        return self.keep({"asked": asked})

    def without_files(self) -> None:
        for path in (*self.path.glob("*.ndjson"), *self.path.glob(".part-*")):
            path.unlink(missing_ok=True)

    def forget_manifest(self, asked: Mapping) -> None:
        """So that the server is asked for it again; what was fetched stays."""
        self.keep({name: value for name, value in self.begin(asked).items() if name != "manifest"})

    def keep(self, told: dict) -> dict:
        part = self.path / f"{STATE}.part"
        part.touch(mode=0o600)
        part.write_text(json.dumps(told), "utf-8")
        part.replace(self.path / STATE)
        return told

    def whole(self) -> None:
        """Everything is here."""
        (self.path / INCOMPLETE).unlink(missing_ok=True)


def _read(state: Path) -> dict:
    try:
        told = json.loads(state.read_text("utf-8"))
    except (OSError, ValueError):
        told = None
    if not isinstance(told, dict) or "asked" not in told:
        raise BadInput(f"{state}: cannot be read; remove the folder, and begin anew")
    return told
