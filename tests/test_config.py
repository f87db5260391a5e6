"""Settings come from flags over environment over defaults, and every wrong one is told at once."""

import datetime as dt
from dataclasses import FrozenInstanceError, dataclass, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import pytest
import time_machine

from cdshooks.config import Said, Settings, clock, held, read_settings
from cdshooks.config import read as reading
from cdshooks.config.settings import hidden, without_password
from cdshooks.errors import SettingsError
from cdshooks.reading.spellings import Version


def faults(flags=None, **environ):
    with pytest.raises(SettingsError) as refusal:
        read_settings(flags, {f"CDSHOOKS_{name.upper()}": value for name, value in environ.items()})
    assert refusal.value.exit_code == 11
    return refusal.value.issues


def test_without_a_word_the_service_stays_on_this_machine():
    assert read_settings({}, {}) == Settings()
    assert (Settings().host, Settings().port, Settings().timezone) == ("127.0.0.1", 8000, "UTC")
    assert Settings().max_body == 8_000_000


# A text for every setting, and the value that it is read as; `{here}` is a folder with the file `a.toml`.
SAID = {
    "config": ("{here}/a.toml", Path("{here}/a.toml")),
    "host": ("0.0.0.0", "0.0.0.0"),
    "port": ("80", 80),
    "workers": ("3", 3),
    "cards": ("{here}", Path("{here}")),
    "today": ("2026-01-15", dt.date(2026, 1, 15)),
    "timezone": ("Europe/Berlin", "Europe/Berlin"),
    "one_id": ("yes", True),
    "dated_prefetch": ("true", True),
    "plain_prefetch": ("true", True),
    "fhir_version": ("stu3", Version.STU3),
    "max_body": ("1000", 1000),
    "max_values": ("5000", 5000),
    "max_rows": ("500", 500),
    "max_drafts": ("5", 5),
    "max_codings": ("100", 100),
    "max_dosages": ("7", 7),
    "judge_deadline_ms": ("900", 900),
    "cors_origins": ("https://ehr.example.org", "https://ehr.example.org"),
    "clients": ("{here}/a.toml", Path("{here}/a.toml")),
    "public_url": ("https://cds.example.org/b12/", "https://cds.example.org/b12"),
    "insecure": ("yes", True),
    "page": ("On", "on"),
    "cohort": ("{here}/a.toml", Path("{here}/a.toml")),
    "site": ("{here}/a.toml", Path("{here}/a.toml")),
    "watch": ("yes", True),
    "fhir_servers": ("https://EHR.example/fhir/ http://127.0.0.1:8080/fhir", ("https://ehr.example/fhir", "http://127.0.0.1:8080/fhir")),
    "fhir_networks": ("10.20.0.0/16 fd12::/48", (ip_network("10.20.0.0/16"), ip_network("fd12::/48"))),
    "fetch_deadline_ms": ("800", 800),
    "fetch_max_bytes": ("20000", 20_000),
    "database": ("postgresql://cds@db/cds", "postgresql://cds@db/cds"),
    "keep_comments": ("yes", True),
    "quiet_key": ("{here}/a.toml", Path("{here}/a.toml")),
    "metrics": ("127.0.0.1:9464", "127.0.0.1:9464"),
    "log_format": ("JSON", "json"),
    "log_level": ("debug", "debug"),
    "access_log": ("no", False),
    "otel": ("yes", True),
}


@pytest.fixture
def here(tmp_path):
    (tmp_path / "a.toml").touch()
    return tmp_path


def text_and_value(name, here):
    text, value = SAID[name]
    return text.format(here=here), Path(str(value).format(here=here)) if isinstance(value, Path) else value


def test_the_table_of_texts_knows_every_setting():
    assert set(SAID) == {setting.name for setting in fields(Settings)}


@pytest.mark.parametrize("name", SAID)
def test_a_setting_is_read_from_the_environment(name, here):
    text, value = text_and_value(name, here)
    assert getattr(read_settings({}, {f"CDSHOOKS_{name.upper()}": text}), name) == value


@pytest.mark.parametrize("name", [name for name in SAID if name != "config"])
def test_a_setting_is_read_from_the_settings_file(name, here):
    text, value = text_and_value(name, here)
    (here / "cdshooks.toml").write_text(f'{name} = "{text}"')
    assert getattr(read_settings({"config": here / "cdshooks.toml"}, {}), name) == value


def test_a_flag_wins_over_the_environment_and_one_not_given_does_not():
    environ = {"CDSHOOKS_PORT": "81", "CDSHOOKS_HOST": "::1", "CDSHOOKS_ONE_ID": "yes"}
    settings = read_settings({"port": "82", "host": None, "one_id": None}, environ)
    assert (settings.port, settings.host, settings.one_id) == (82, "::1", True)


def test_all_faults_are_told_at_once_with_name_value_and_what_to_do():
    issues = faults({"port": "http"}, today="15.1.2026", timezone="Mars/Olympus", cards="/no/such", workers="0")
    assert issues == (
        "--port: 'http' will not do; give a whole number from 0 to 65535",
        "CDSHOOKS_WORKERS: '0' will not do; give a whole number from 1 to 256",
        "CDSHOOKS_CARDS: '/no/such' will not do; there is no such folder; give the folder that holds the cards",
        "CDSHOOKS_TODAY: '15.1.2026' will not do; give a day such as 2026-01-15",
        "CDSHOOKS_TIMEZONE: 'Mars/Olympus' will not do; give a time zone of the IANA list, such as Europe/London",
    )


WRONG = [
    ("port", ["", "-1", "65536", "8e3", "٣", "9" * 5000]),
    ("host", ["", "  "]),
    ("one_id", ["maybe", ""]),
    ("fhir_version", ["R6", "4.0.1"]),
    ("max_body", ["0", "20MB"]),
    ("timezone", ["", "../etc", "Europe", "/etc/localtime"]),
    ("metrics", ["", "9464", ":9464", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "yes"]),
    ("log_level", ["", "loud"]),
    ("today", ["", "2026-02-30", "today"]),
    ("database", ["", "kept.db", "mysql://db/cds", "sqlite://"]),
    ("public_url", ["", "cds.example.org", "ftp://x", "https://", "https://x:port", "https://me@x", "https://x/?a", "https://x/cds-services/"]),
]


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG for value in values])
def test_a_value_that_will_not_do_is_refused(name, value):
    (issue,) = faults(**{name: value})
    assert "will not do; give " in issue


def test_a_misspelt_variable_is_told_with_the_nearest_name():
    assert faults(timezon="UTC") == ("CDSHOOKS_TIMEZON: there is no such setting; did you mean CDSHOOKS_TIMEZONE?",)


def test_variables_that_a_container_platform_adds_do_no_harm():
    environ = {"CDSHOOKS_SERVICE_HOST": "10.0.0.1", "CDSHOOKS_PORT_8000_TCP_ADDR": "10.0.0.1"}
    assert read_settings({}, environ) == Settings()


# The settings file --------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    """Writes a settings file; its path."""

    def write(text):
        path = tmp_path / "cdshooks.toml"
        path.write_text(text, "utf-8")
        return path

    return write


def origins(path, flags=None, environ=None):
    return {one.name: (one.value, one.origin) for one in held({"config": path} | (flags or {}), environ or {})}


def test_flags_win_over_the_environment_over_the_file_over_the_defaults_and_it_is_known_which_did(file):
    path = file('host = "::1"\nport = 81\nworkers = 5')
    found = origins(path, {"port": 83}, {"CDSHOOKS_PORT": "82", "CDSHOOKS_WORKERS": "6"})
    assert found["port"] == (83, "--port")
    assert found["workers"] == (6, "CDSHOOKS_WORKERS")
    assert found["host"] == ("::1", f"{path}: host")
    assert found["timezone"] == ("UTC", "")


def test_the_file_may_be_named_in_the_environment(file):
    assert read_settings({}, {"CDSHOOKS_CONFIG": str(file("port = 81"))}).port == 81


def test_values_are_written_as_toml_has_them(file):
    settings = read_settings({"config": file('one_id = true\ntoday = 2026-01-15\ncors_origins = ["a", "b"]')}, {})
    assert (settings.one_id, settings.today, settings.cors_origins) == (True, dt.date(2026, 1, 15), "a b")


def test_a_relative_path_is_meant_from_where_the_file_lies(file, tmp_path, monkeypatch):
    (tmp_path / "site.toml").touch()
    path = file('site = "site.toml"')
    monkeypatch.chdir("/")
    assert read_settings({"config": path}, {}).site == tmp_path / "site.toml"


def test_every_fault_of_file_environment_and_flags_is_told_with_its_place(file):
    path = file('prt = 1\nport = "x"\nworkers = [1]\nconfig = "other.toml"\nqq = 1\nmax-body = 5')
    assert faults({"config": path, "host": " "}, today="soon") == (
        f"{path}: prt: there is no such setting; did you mean port?",
        f"{path}: workers: give one value, or a list of texts",
        f"{path}: config: a settings file names no other one",
        f"{path}: qq: there is no such setting; `cdshooks config` lists them",
        f"{path}: max-body: there is no such setting; did you mean max_body?",
        "--host: ' ' will not do; give it a value, or leave it out",
        f"{path}: port: 'x' will not do; give a whole number from 0 to 65535",
        "CDSHOOKS_TODAY: 'soon' will not do; give a day such as 2026-01-15",
    )


@pytest.mark.parametrize("text", ["port = ", "port = 1\nport = 2", "\x00"])
def test_a_file_that_is_no_toml_is_told_and_so_are_the_other_faults(file, text):
    path = file(text)
    first, second = faults({"config": path}, today="soon")
    assert first.startswith(f"{path}: it is not TOML that can be read: ")
    assert second.startswith("CDSHOOKS_TODAY: ")


def test_a_file_that_is_not_there_is_told_once():
    assert faults(config="/no/such.toml") == ("CDSHOOKS_CONFIG: '/no/such.toml' will not do; there is no such file",)


# Secrets ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def secret(monkeypatch):
    """A setting that holds a secret takes the place of `host`."""

    def short(value):
        if len(value) < 8:
            raise ValueError("give 8 characters or more")
        return value

    @dataclass(frozen=True)
    class Secret:
        host: Annotated[str, Said(short, "A key.", hidden)] = ""

    monkeypatch.setitem(reading.SETTINGS, "host", fields(Secret)[0])


def test_a_secret_is_shown_nowhere(secret):
    (row,) = [one for one in held({}, {"CDSHOOKS_HOST": "canary-canary"}) if one.name == "host"]
    assert (row.value, row.shown()) == ("canary-canary", "(hidden)")
    assert faults(host="canary") == ("CDSHOOKS_HOST: '(hidden)' will not do; give 8 characters or more",)


def test_a_secret_may_lie_in_a_file_of_its_own(secret, tmp_path):
    (tmp_path / "key").write_text("a-long-enough-key\n")
    assert read_settings({}, {"CDSHOOKS_HOST_FILE": str(tmp_path / "key")}).host == "a-long-enough-key"
    assert faults(host_file="/no/such") == ("CDSHOOKS_HOST_FILE: '/no/such' cannot be read (No such file or directory)",)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://cds:canary@db/cds", "postgresql://cds:(hidden)@db/cds"),
        ("postgresql+psycopg://cds:can@ary@db:5432/cds?PASSWORD=canary", "postgresql+psycopg://cds:(hidden)@db:5432/cds?PASSWORD=(hidden)"),
        ("sqlite:////var/lib/cdshooks/store.db", "sqlite:////var/lib/cdshooks/store.db"),
        ("postgresql://db/cds", "postgresql://db/cds"),
    ],
)  # fmt: skip
def test_of_an_address_only_the_password_is_hidden(url, shown):
    assert without_password(url) == shown


def test_settings_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1


def test_today_is_the_day_of_the_configured_zone_and_is_read_anew_each_time():
    with time_machine.travel(dt.datetime(2026, 1, 14, 23, 30, tzinfo=dt.UTC), tick=False) as world:
        assert clock(Settings()).today == dt.date(2026, 1, 14)
        assert clock(Settings(timezone="Europe/Berlin")).today == dt.date(2026, 1, 15)
        assert clock(Settings(timezone="Europe/Berlin")).zone == ZoneInfo("Europe/Berlin")
        world.shift(dt.timedelta(hours=1))
        assert clock(Settings()).today == dt.date(2026, 1, 15)


def test_a_frozen_day_stays():
    assert clock(Settings(today=dt.date(2019, 5, 1), timezone="Asia/Tokyo")).today == dt.date(2019, 5, 1)
