"""What is handed out: a wheel that serves its cards anywhere, locks that name no host, and one version everywhere."""

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import cdshooks

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def python(*words, **options):
    """Runs a Python of this environment; what it printed, or a failure with what it complained of."""
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this checkout, built without the network."""
    place = tmp_path_factory.mktemp("dist")
    python("-m", "hatchling", "build", "--target", "wheel", "--directory", str(place), cwd=ROOT)
    (built,) = place.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Runs Python outside the checkout, where the only cdshooks is the one in the wheel."""
    place = tmp_path_factory.mktemp("installed")
    zipfile.ZipFile(wheel).extractall(place)

    def run(code):
        code = f"import cdshooks\nassert {str(place)!r} in cdshooks.__file__\n{code}"
        return python("-c", code, cwd=place, env=os.environ | {"PYTHONPATH": str(place)})

    return run


def test_the_wheel_claims_its_import_name_and_no_other(wheel):
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"cdshooks", f"cdshooks-{cdshooks.__version__}.dist-info"}


@pytest.mark.parametrize("name", ["cards", "fixtures"])
def test_the_wheel_carries_every_file_of_the_content(wheel, name):
    within = {path.relative_to(ROOT / name).as_posix() for path in (ROOT / name).rglob("*") if path.is_file()}
    packed = {path.removeprefix(f"cdshooks/_{name}/") for path in zipfile.ZipFile(wheel).namelist()}
    assert within
    assert within <= packed


def test_the_wheel_carries_the_schemas_and_the_licence(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    ours = {f"cdshooks/schemas/{path.name}" for path in (ROOT / "cdshooks" / "schemas").glob("*.json")}
    assert ours
    assert ours <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_an_installed_wheel_serves_the_cards_outside_the_checkout(installed):
    said = installed(
        "import json; web = cdshooks.create_app().test_client()\n"
        "print(json.dumps([web.get('/readyz').json, web.get('/cds-services').json]))"
    )
    ready, discovery = json.loads(said)
    assert ready["cards"] > 0
    assert ready["version"] == cdshooks.__version__
    assert {service["hook"] for service in discovery["services"]} == {"patient-view", "order-select", "order-sign"}


def test_an_installed_wheel_brings_its_fixtures(installed):
    assert installed("from cdshooks.ehr import shelf; print(shelf.first_request_name())").strip()


def test_the_version_is_the_same_in_the_package_in_its_metadata_and_where_it_is_cited():
    assert cdshooks.__version__ == PROJECT["version"]
    assert f"\nversion: {cdshooks.__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")


def test_importing_the_package_imports_nothing_heavy():
    code = "import cdshooks, sys; print(sorted({'flask', 'click', 'msgspec', 'jsonschema'} & set(sys.modules)))"
    assert python("-c", code) == "[]\n"


@pytest.mark.parametrize("name", ["serve", "test"])
def test_a_lock_file_pins_every_package_by_hash_and_names_no_host(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    assert not re.search(r"https?:|--index|--find-links|--extra", text)
    entries = re.split(r"^(?=[a-z])", text, flags=re.M)[1:]
    assert len(entries) > 20
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_the_locks_hold_everything_that_the_project_depends_on():
    def plain(requirement):
        return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-").replace(".", "-")

    def locked(name):
        return {plain(line) for line in (ROOT / "requirements" / f"{name}.txt").read_text("utf-8").splitlines()}

    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    assert {plain(one) for one in PROJECT["dependencies"]} <= locked("serve")
    assert {plain(one) for one in PROJECT["dependencies"] + groups["test"]} <= locked("test")


def test_each_version_of_serve_is_the_one_that_was_tested():
    def versions(name):
        return set(re.findall(r"^\S+==\S+", (ROOT / "requirements" / f"{name}.txt").read_text("utf-8"), flags=re.M))

    assert versions("serve") <= versions("test")
