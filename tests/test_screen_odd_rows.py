"""Of a register's rows that are bent in odd ways none is passed over of which a chart takes something.

They come among rows that are written in the usual way and are known to tell nothing, as in a real register.
"""

import json
import re

import pytest
from test_screen_nothing import B12, OTHERS, known

from cdshooks.chart.index import DRUG_RESOURCES
from cdshooks.protocol.wire import decode, encode
from cdshooks.screen.nothing import Nothing
from cdshooks.screen.thin import head_of, odd_head, patient_of
from cdshooks.screen.untelling import UNTELLING
from cdshooks.screen.versions import WHOLE, has_version
from tests.second_opinion.patients import random_case
from tests.shipped import LIBRARY

NAMED = {"text": f"Serum {B12}"}
OURS = {"Observation": {"code": NAMED}, "Condition": {"code": {"text": "Pernicious anaemia"}}, "Procedure": {"code": {"text": f"{B12} injection"}}, "Encounter": {"type": [{"text": f"{B12} injection"}]}}
OUR_ORDER = {"medicationCodeableConcept": {"text": "Hydroxocobalamin 1 mg"}}


def ours(kind):
    """What would make a row of this kind one of ours, as JSON members."""
    return json.dumps(OURS.get(kind, OUR_ORDER))[1:-1].encode()


def swapped(line, name, to):
    return re.sub(rb'"%b" ?:' % name, lambda found: to + b":", line)


# What a line becomes; `ours` are the members that would make it one of ours.
BENT = {
    "as it came": lambda line, ours: line,
    "said twice, ours last": lambda line, ours: line[:-1] + b"," + ours + b"}",
    "said twice, ours first": lambda line, ours: line.replace(b"{", b"{" + ours + b",", 1),
    "said twice behind the type, ours last": lambda line, ours: line.replace(b'",', b'",' + ours + b",", 1) if b'"code"' not in line else line[:-1] + b"," + ours + b"}",
    "a key with an escaped letter": lambda line, ours: line[:-1] + b"," + ours.replace(b'"code"', b'"\\u0063ode"').replace(b'"type"', b'"t\\u0079pe"').replace(b'"medication', b'"medic\\u0061tion') + b"}",
    "keys of the row with an escaped letter": lambda line, ours: swapped(swapped(line, b"code", b'"\\u0063ode"'), b"subject", b'"subj\\u0065ct"'),
    "words with an escaped letter": lambda line, ours: line[:-1] + b"," + ours.replace(B12.encode(), b"vitamin \\u004212").replace(b"Pern", b"\\u0050ern").replace(b"Hydr", b"\\u0048ydr") + b"}",
    "another letter case": lambda line, ours: line[:-1] + b"," + ours.replace(b'"code"', b'"Code"').replace(b'"type"', b'"TYPE"').replace(b'"medication', b'"Medication') + b"}",
    "named by an extension": lambda line, ours: line[:-1] + b',"extension":[{"url":"urn:x","valueString":"Serum %b"}]}' % B12.encode(),
    "one extension where a list belongs": lambda line, ours: line[:-1] + b',"extension":{"url":"urn:x","valueString":"Serum %b"}}' % B12.encode(),
    "named by a member": lambda line, ours: line[:-1] + b',"hasMember":[{"reference":"Observation/9","display":"Serum %b"}]}' % B12.encode(),
    "one part where a list belongs": lambda line, ours: line[:-1] + b',"component":{"code":{"text":"Serum %b"},"valueQuantity":{"value":90,"unit":"ng/L"}}}' % B12.encode(),
    "a part among others": lambda line, ours: line[:-1] + b',"component":[{"code":{"text":"Systolic"}},{"code":{"text":"Serum %b"},"valueQuantity":{"value":90,"unit":"ng/L"}}]}' % B12.encode(),
    "parts that tell nothing": lambda line, ours: line[:-1] + b',"component":[{"code":{"text":"Systolic"},"valueQuantity":{"value":120,"unit":"mm[Hg]"}},{"code":{"text":"Diastolic"}}]}',
    "parts said twice": lambda line, ours: line[:-1] + b',"component":[{"code":{"text":"Systolic"}}],"component":[{"code":{"text":"Serum %b"},"valueQuantity":{"value":90,"unit":"ng/L"}}]}' % B12.encode(),
    "no parts": lambda line, ours: line[:-1] + b',"component":[]}',
    "a version": lambda line, ours: line[:-1] + b',"meta":{"versionId":"2"}}',
    "a version said twice": lambda line, ours: line[:-1] + b',"meta":{"versionId":"2"},"meta":{"profile":["x"]}}',
    "nothing where a number belongs": lambda line, ours: line[:-1] + b',"valueQuantity":null}',
    "a text where a number belongs": lambda line, ours: line[:-1] + b',"valueQuantity":"90 ng/L"}',
    "nothing where a narrative belongs": lambda line, ours: line[:-1] + b',"text":null}',
    "a narrative that names it": lambda line, ours: line[:-1] + b',"text":{"div":"<div>%b 90 ng/L</div>"}}' % B12.encode(),
    "a drug inside it": lambda line, ours: line[:-1] + b',"contained":[{"resourceType":"Medication","id":"m","code":{"text":"%b"}}]}' % B12.encode(),
    "another patient said last": lambda line, ours: line[:-1] + b',"subject":{"reference":"Patient/other"}}',
    "nobody said last": lambda line, ours: line[:-1] + b',"subject":{"display":"Patient/other"}}',
    "a patient said twice within": lambda line, ours: line[:-1] + b',"subject":{"reference":"Patient/a","reference":"Patient/b"}}',
    "a patient with an escaped letter": lambda line, ours: line[:-1] + b',"subject":{"reference":"P\\u0061tient/b"}}',
    "a patient of another server, and a version": lambda line, ours: line[:-1] + b',"subject":{"reference":"https://x/Patient/b/_history/3"}}',
    "another type said last": lambda line, ours: line[:-1] + b',"resourceType":"AllergyIntolerance"}',
    "a carriage return": lambda line, ours: line + b"\r",
}  # fmt: skip


def usual(kind, row):
    return encode({"resourceType": kind, "id": "r", **row, "subject": {"reference": "Patient/p"}})


def bases(kind, first):
    """Rows of this kind that are none of ours, and those of random charts; each in the usual layout."""
    yield usual(kind, OTHERS[kind])
    for seed in range(first, first + 40):
        for row in random_case(seed).resources:
            if row.get("resourceType") == kind:
                yield usual(kind, row)


@pytest.mark.parametrize("first", [7_001, pytest.param(7_101, marks=pytest.mark.long), pytest.param(7_201, marks=pytest.mark.long)])
@pytest.mark.parametrize("kind", OTHERS)
def test_of_rows_that_are_bent_in_odd_ways_none_is_left_out_of_which_a_chart_takes_something(kind, first):
    by, nothing, passed = known(), Nothing(LIBRARY.concepts, counted=False), set()
    for base in bases(kind, first):
        lines = [bend(base, ours(kind)) for bend in BENT.values()]
        for line in lines:
            by.needs(kind, line.strip())  # so that each way is known
        together = by.known(kind, lines)
        for how, line, told in zip(BENT, lines, [by.known(kind, [line])[0] for line in lines], strict=True):
            row = decode(line)
            if told is False:
                passed.add(how)
                assert nothing.is_none_taken_of({name: value for name, value in row.items() if name not in ("subject", "patient")}), (how, line)
                assert kind not in WHOLE or not has_version(encode(row)), (how, line)
            if isinstance(told, tuple):
                passed.add("a version that stays")
                assert told[1] == by.stub_of(kind, line), (how, line)
                told = told[0]
                assert nothing.is_none_taken_of({name: value for name, value in row.items() if name not in ("subject", "patient")}), (how, line)
            if told or (told is False and kind in DRUG_RESOURCES):
                whose = patient_of(head_of(line) or odd_head(line))
                assert whose is not None, (how, line)
                assert told in (False, whose), (how, line)
        assert all(one in (None, other) for one, other in zip(together, [by.known(kind, [line])[0] for line in lines], strict=True))
    assert {"as it came", "parts that tell nothing", *(["a version that stays"] if kind in WHOLE else [])} <= passed


@pytest.mark.parametrize("kind", UNTELLING)
def test_rows_that_are_known_are_told_together_whoever_they_are_of(kind):
    by = known()
    lines = [usual(kind, OTHERS[kind]).replace(b"Patient/p", b"Patient/%d" % number) for number in range(50)]
    assert by.known(kind, lines) == [None] * 50
    assert not by.needs(kind, lines[0])
    assert by.known(kind, lines) == [False] * 50
    kept = [line[:-1] + b"," + ours(kind) + b"}" for line in lines]
    assert by.needs(kind, kept[0])
    assert by.known(kind, kept) == [str(number) for number in range(50)]
