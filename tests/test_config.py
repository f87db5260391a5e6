"""Settings come from flags over environment over defaults, and every wrong one is told at once."""

import datetime as dt
from dataclasses import FrozenInstanceError, fields
from zoneinfo import ZoneInfo

import pytest
import time_machine

from cdshooks.config import Settings, clock, read_settings
from cdshooks.errors import SettingsError


def faults(flags=None, **environ):
    with pytest.raises(SettingsError) as refusal:
        read_settings(flags, {f"CDSHOOKS_{name.upper()}": value for name, value in environ.items()})
    assert refusal.value.exit_code == 11
    return refusal.value.issues


def test_without_a_word_the_service_stays_on_this_machine():
    assert read_settings({}, {}) == Settings()
    assert (Settings().host, Settings().port, Settings().timezone) == ("127.0.0.1", 8000, "UTC")
    assert Settings().max_body == 20_000_000


def test_every_setting_is_read_from_the_environment(tmp_path):
    said = {
        "host": "0.0.0.0", "port": "80", "workers": "3", "cards": str(tmp_path), "today": "2026-01-15",
        "timezone": "Europe/Berlin", "one_id": "yes", "plain_prefetch": "true", "max_body": "1000",
        "cors_origins": "https://ehr.example.org", "site": str(tmp_path / "site.toml"),
    }  # fmt: skip
    (tmp_path / "site.toml").touch()
    assert set(said) == {setting.name for setting in fields(Settings)}
    assert read_settings({}, {f"CDSHOOKS_{name.upper()}": value for name, value in said.items()}) == Settings(
        "0.0.0.0", 80, 3, tmp_path, dt.date(2026, 1, 15), "Europe/Berlin", True, True, 1000, "https://ehr.example.org",
        tmp_path / "site.toml",
    )  # fmt: skip


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
    ("max_body", ["0", "20MB"]),
    ("timezone", ["", "../etc", "Europe", "/etc/localtime"]),
    ("today", ["", "2026-02-30", "today"]),
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
