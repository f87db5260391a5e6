"""Reading settings: a flag wins over the environment, that over the settings file, that over the default."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import get_args

from cdshooks.config.settings import Settings, said
from cdshooks.errors import SettingsError

PREFIX = "CDSHOOKS_"
SETTINGS = {setting.name: setting for setting in fields(Settings)}


@dataclass(frozen=True, slots=True)
class Held:
    """A setting as it holds: its value, and where that was said (`--port`, `CDSHOOKS_PORT`, `FILE: port`, "")."""

    name: str
    value: object
    origin: str = ""

    def shown(self) -> str:
        """The value in words, a secret hidden; an empty text where there is none."""
        if isinstance(self.value, bool):
            return "yes" if self.value else "no"
        texts = self.value if isinstance(self.value, tuple) else (self.value,)
        return " ".join(said(SETTINGS[self.name]).shown(str(text)) for text in texts if text is not None)


@dataclass(frozen=True, slots=True)
class Source:
    """One place where settings are said: texts by setting, what each is called there, and what cannot be used."""

    texts: Mapping[str, str]
    called: Mapping[str, str]
    faults: list[str] = field(default_factory=list)


def read_settings(flags: Mapping[str, object] | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings that hold; raises SettingsError with every fault of flags, environment and settings file."""
    return Settings(**{one.name: one.value for one in held(flags, environ)})


def held(flags: Mapping[str, object] | None = None, environ: Mapping[str, str] = os.environ) -> list[Held]:
    """Every setting, with where it was said; raises SettingsError with all faults at once."""
    near = [_flags(flags or {}), _environment(environ)]
    config, _ = _one("config", near)
    sources = [*near, *_file(config.value)]
    found = [_one(name, sources) for name in SETTINGS]
    faults = [fault for source in sources for fault in source.faults] + [fault for _, some in found for fault in some]
    if faults:
        raise SettingsError(*faults)
    return [one for one, _ in found]


def _one(name: str, sources: list[Source]) -> tuple[Held, list[str]]:
    """The setting as the first source says it that speaks of it, or what is wrong with what it says."""
    setting = SETTINGS[name]
    for source in sources:
        if name in source.texts:
            text, called = source.texts[name], source.called[name]
            try:
                return Held(name, said(setting).read(text), called), []
            except ValueError as fault:
                shown = said(setting).shown(text)
                return Held(name, setting.default, called), [f"{called}: {shown!r} will not do; {fault}"]
    return Held(name, setting.default), []


def _flags(flags: Mapping[str, object]) -> Source:
    given = {name: str(value) for name, value in flags.items() if value is not None and name in SETTINGS}
    return Source(given, {name: "--" + name.replace("_", "-") for name in given})


# --- environment --------------------------------------------------------------------------------------------------


def _environment(environ: Mapping[str, str]) -> Source:
    called = {name: PREFIX + name.upper() for name in SETTINGS}
    source = Source({n: environ[v] for n, v in called.items() if v in environ}, called, _misspelt(environ))
    texts, faults = _from_secret_files(environ)
    return Source({**texts, **source.texts}, called, source.faults + faults)


def _from_secret_files(environ) -> tuple[dict[str, str], list[str]]:
    """Secrets may lie in files, as container platforms hand them out: CDSHOOKS_X_FILE names one."""
    texts, faults = {}, []
    for name, setting in SETTINGS.items():
        variable = f"{PREFIX}{name.upper()}_FILE"
        if said(setting).is_secret and variable in environ:
            try:
                texts[name] = Path(environ[variable]).read_text(encoding="utf-8").strip()
            except (OSError, ValueError) as error:
                faults.append(f"{variable}: {environ[variable]!r} cannot be read ({_reason(error)})")
    return texts, faults


def _misspelt(environ) -> list[str]:
    """Variables that all but name a setting. Others may share our prefix: container platforms add their own."""
    known = [PREFIX + name.upper() for name in SETTINGS]
    secret = [f"{PREFIX}{name.upper()}_FILE" for name, setting in SETTINGS.items() if said(setting).is_secret]
    ours = sorted(name for name in environ if name.startswith(PREFIX) and name not in [*known, *secret])
    near = {name: get_close_matches(name, known, 1, cutoff=0.85) for name in ours}
    return [f"{name}: there is no such setting; did you mean {close[0]}?" for name, close in near.items() if close]


# --- file ---------------------------------------------------------------------------------------------------------


def _file(path: Path | None) -> Iterator[Source]:
    """The settings file, where one is named. A path that it gives is meant from where the file lies."""
    if path is None:
        return
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        yield Source({}, {}, [f"{path}: it is not TOML that can be read: {_reason(error)}"])
        return
    texts, faults = {}, []
    for key, value in content.items():
        if key not in SETTINGS or key == "config":
            faults.append(f"{path}: {key}: {_no_such(key)}")
        elif (text := _text(value)) is None:
            faults.append(f"{path}: {key}: give one value, or a list of texts")
        else:
            texts[key] = str(path.parent / text) if _is_path(key) and text else text
    yield Source(texts, {key: f"{path}: {key}" for key in texts}, faults)


def _no_such(key: str) -> str:
    if key == "config":
        return "a settings file names no other one"
    close = get_close_matches(key.lower().replace("-", "_"), SETTINGS, 1)
    return f"there is no such setting; {f'did you mean {close[0]}?' if close else '`cdshooks config` lists them'}"


def _text(value: object) -> str | None:
    """A value of TOML as one would write it in a variable; None where it cannot be one."""
    match value:
        case bool():
            return "yes" if value else "no"
        case str() | int() | float() | date():
            return str(value)
        case list() if all(isinstance(one, str) for one in value):
            return " ".join(value)
    return None


def _is_path(name: str) -> bool:
    return Path in get_args(SETTINGS[name].type.__origin__)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
