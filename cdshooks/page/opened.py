"""The patient whose chart is open: one of the bundled, or the record that came with the form."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from flask import request

from cdshooks.ehr import shelf
from cdshooks.ehr.light import LightRecord
from cdshooks.ehr.patients import Record, read_record
from cdshooks.ehr.shift import shift_record
from cdshooks.errors import BadInput
from cdshooks.page.pasted import read_pasted
from cdshooks.page.state import State
from cdshooks.reading.read import as_dict, as_list

OWN = "@"  # before the number of a patient of one's own cohort


@dataclass(frozen=True, slots=True)
class Shown:
    """A bundled patient: the name, and what there is to see."""

    name: str
    shows: str


@cache
def bundled() -> tuple[Shown, ...]:
    """The patients of the fixtures, in the order in which they are told of."""
    told = tomllib.loads((shelf.folder() / "about.toml").read_text("utf-8"))["patients"]
    names = shelf.patient_names()
    return tuple(Shown(name, told[name]["shows"] if name in told else "") for name in sorted(names, key=_order(told)))


def _order(told: dict):
    place = {name: number for number, name in enumerate(told)}
    return lambda name: (place.get(name, len(place)), name)


def record_of(state: State, today: date, cohort: Sequence = ()) -> Record:
    """The record as it came, before any change; raises BadInput with what is wrong with it."""
    if state.record:
        request.may_skim(state.record)
        light = LightRecord(state.record)
        request.will_fire(light.values)
        try:
            return read_record(read_pasted(state.record, light.read), "the record", state.who or None)
        except BadInput as fault:  # which speaks to those who type commands
            raise BadInput(*(says.replace("with --patient ID", "by its id") for says in fault.issues)) from None
    if state.patient.startswith(OWN):
        number = state.patient.removeprefix(OWN)
        if not (number.isascii() and number.isdigit() and int(number[:9]) < len(cohort)):
            raise BadInput(f"patient: there is no {state.patient[:20]} in the cohort of this service; see /cohort")
        return cohort[int(number)].open(today)
    return shift_record(shelf.open_patient(state.patient), today)


def name_of(patient: dict) -> str:
    """The patient's name as it is written."""
    for name in map(as_dict, as_list(patient.get("name"))):
        parts = [*as_list(name.get("given")), name.get("family")]
        text = name.get("text") or " ".join(part for part in parts if isinstance(part, str))
        if isinstance(text, str) and text:
            return text
    return ""
