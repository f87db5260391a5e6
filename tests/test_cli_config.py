"""`cdshooks config` says what holds and where it came from, and `--check` tries whether the service could start."""

import doctest
import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from cdshooks.cli import main
from cdshooks.config import Settings, read_settings
from tests.shipped import LIBRARY

SITE = """
[[cut_offs]]
result = "b12_total"
who = "Dr A. Example"
why = "another assay"
since = 2025-06-01
[[cut_offs.band]]
is = "deficient"
below = ["145 ng/L"]
[[cut_offs.band]]
is = "indeterminate"
at_least = ["145 ng/L"]
up_to = ["180 ng/L"]
[[cut_offs.band]]
is = "adequate"
above = ["180 ng/L"]
"""


def config(*words, **environ):
    return CliRunner().invoke(main, ["config", *words], env={f"CDSHOOKS_{n.upper()}": v for n, v in environ.items()})


@pytest.fixture
def site(tmp_path):
    (tmp_path / "site.toml").write_text(SITE)
    return str(tmp_path / "site.toml")


def test_every_setting_is_listed_with_its_value_and_where_it_came_from():
    answer = config("--port", "81", timezone="Europe/Berlin")
    assert answer.exit_code == 0
    rows = {line.split()[0]: line.split()[1:] for line in answer.stdout.split("\n\n")[0].splitlines()}
    assert list(rows) == [setting.name for setting in fields(Settings)]
    assert rows["port"] == ["81", "--port"]
    assert rows["timezone"] == ["Europe/Berlin", "CDSHOOKS_TIMEZONE"]
    assert rows["one_id"] == ["no", "default"]
    assert rows["cards"] == ["none", "default"]


def test_the_same_as_json():
    found = json.loads(config("--json", port="81").stdout)
    assert found["port"] == {"value": "81", "from": "CDSHOOKS_PORT"}


def test_the_cut_offs_of_the_site_are_shown_with_who_and_why(site):
    said = config("--site", site).stdout
    assert "result b12_total, all laboratories: deficient below 145 ng/L" in said
    assert "was: deficient below 180 ng/L" in said
    assert "since 2025-06-01, by Dr A. Example: another assay" in said
    assert "as shipped" in config().stdout


def test_check_says_that_all_is_well():
    answer = config("--check")
    assert (answer.exit_code, answer.stdout) == (0, f"All is well: {len(LIBRARY.cards)} cards.\n")


def test_check_fails_on_a_setting_and_on_a_site_file(site, tmp_path):
    (tmp_path / "site.toml").write_text(SITE.replace("b12_total", "b12_totl"))
    answer = config("--check", "--site", site)
    assert (answer.exit_code, answer.stdout) == (10, "")
    assert "did you mean 'b12_total'" in answer.stderr
    assert config("--check", "--site", str(tmp_path / "none")).exit_code == 11


def test_the_example_names_every_setting_and_is_a_settings_file_when_it_is_uncommented(tmp_path):
    said = config("--example").stdout
    uncommented = "\n".join(line.removeprefix("# ") for line in said.splitlines() if " = " in line)
    content = tomllib.loads(uncommented)
    assert set(content) == {setting.name for setting in fields(Settings)} - {"config"}
    (tmp_path / "a.toml").write_text("\n".join(line for line in uncommented.splitlines() if '""' not in line))
    assert read_settings({"config": tmp_path / "a.toml"}, {}) == Settings(config=tmp_path / "a.toml")


ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "configuration.md").read_text("utf-8")


@pytest.mark.parametrize("block", re.findall(r"```console\n\$ (.*?)```", GUIDE, re.DOTALL))
def test_what_the_guide_shows_is_what_is_said(block):
    line, _, promised = block.partition("\n")
    *environ, _, _, port, value = line.split()
    answer = config(port, value, **dict(one.removeprefix("CDSHOOKS_").split("=") for one in environ))
    assert doctest.OutputChecker().check_output(promised, answer.output, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE), answer.output


def test_the_file_that_the_guide_shows_is_one(tmp_path):
    (tmp_path / "a.toml").write_text(re.search(r"```toml\n(.*?)```", GUIDE, re.DOTALL)[1])
    assert read_settings({"config": tmp_path / "a.toml"}, {}).workers == 4
