"""What is in the image, for those who must know: an SBOM (CycloneDX 1.6) and a list of licences, from the lock file.

python requirements/sbom.py FOLDER; names, versions and hashes are those of requirements/image.txt, licences those that
the installed packages say themselves. A package that is not installed here (another platform) is listed without one.
"""

import json
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

HERE = Path(__file__).parent
LOCK = HERE / "image.txt"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")


def locked(text: str) -> list[tuple[str, str, list[str]]]:
    """Name, version and SHA-256 hashes of every package of a lock file."""
    found: list[tuple[str, str, list[str]]] = []
    for line in text.splitlines():
        if pinned := _PINNED.match(line):
            found.append((pinned[1], pinned[2], []))
        elif found and (digest := re.search(r"--hash=sha256:([0-9a-f]{64})", line)):
            found[-1][2].append(digest[1])
    return found


def licence(name: str) -> str:
    """What the package says of its licence: the SPDX expression, else its classifiers, else its own words."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    classed = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or () if one.startswith("License ::")]
    words = (told.get("License") or "").strip().splitlines()[:1]
    return told.get("License-Expression") or " or ".join(classed) or "".join(words)[:80]


def component(name: str, version: str, hashes: list[str]) -> dict:
    purl = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    said = licence(name)
    named = {"licenses": [{"license": {"name": said}}]} if said else {}
    # One package has a file for each platform: which of them was installed, its hash tells.
    digests = {"properties": [{"name": "cdshooks:sha256", "value": digest} for digest in hashes]}
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl} | named | digests


def sbom(text: str, version: str) -> dict:
    """The document; the same lock file gives the same one."""
    about = {"type": "application", "bom-ref": "cdshooks", "name": "cdshooks", "version": version}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, text)}",
        "version": 1,
        "metadata": {"component": about},
        "components": [component(*one) for one in locked(text)],
    }


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))["project"]
    made = sbom(LOCK.read_text("utf-8"), project["version"])
    (folder / "sbom.cdx.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    lines = [f"{one['name']} {one['version']}\t{_said(one)}" for one in made["components"]]
    (folder / "licences.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{folder}/sbom.cdx.json and {folder}/licences.txt: {len(lines)} packages")


def _said(one: dict) -> str:
    return one["licenses"][0]["license"]["name"] if "licenses" in one else "not installed here"


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "dist"))
