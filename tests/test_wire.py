"""JSON in and out keeps its digits, and what cannot be read is a 400, never a crash."""

import contextlib
import gc
import io
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdshooks.errors import BadJson
from cdshooks.protocol import wire
from cdshooks.protocol.wire import LARGE, decode, encode
from cdshooks.terms.units import number_of

UNREADABLE = {
    "nothing": b"",
    "half an object": b'{"hook": ',
    "words": b"hello",
    "a trailing comma": b"[1,]",
    "a comment": b"{} // done",
    "NaN": b'{"value": NaN}',
    "Infinity": b"[Infinity]",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "latin-1": '{"name": "Zoë"}'.encode("latin-1"),
    "UTF-16": '{"name": 1}'.encode("utf-16"),
    "UTF-16 without a mark": '{"name": 1}'.encode("utf-16-le"),
    "UTF-32, the large end first": '{"name": 1}'.encode("utf-32-be"),
    "a lone surrogate": b'"\\ud800"',
    "brackets without end": b"[" * 200_000,
    "objects without end": b'{"a":' * 200_000,
    "an integer of 5,000 digits": b"1" * 5_000,
    "an integer of two million digits": b"1" * 2_000_000,
    "an exponent without end": b"1e99999999999999999999999",
    "a tiny exponent": b"1e-99999999999999999999999",
    "two values": b"{} {}",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_read_is_refused_as_unreadable(body):
    with pytest.raises(BadJson) as refusal:
        decode(body)
    assert refusal.value.status == 400
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing", "the body is empty; send a JSON object"),
        ("latin-1", "the body is not UTF-8"),
        ("brackets without end", "nested too deeply"),
        ("an exponent without end", "a number is too long or too large"),
        ("half an object", "not JSON that can be read"),
        ("a byte order mark", "begins with a byte order mark; send UTF-8 without one"),
        ("UTF-16", "the body is not UTF-8"),
        ("UTF-16 without a mark", "the body is not UTF-8"),
        ("UTF-32, the large end first", "the body is not UTF-8"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_to_do(name, words):
    with pytest.raises(BadJson, match=words):
        decode(UNREADABLE[name])


@pytest.mark.parametrize("digits", ["2.50", "0.0", "-0.10", "180", "1234567890.123456789012345678", "1E+2", "1.0E-7"])
def test_a_number_keeps_every_digit_on_its_way_through(digits):
    assert encode(decode(digits.encode())).decode() == digits


def test_a_number_with_a_point_is_read_as_a_decimal_not_as_a_float():
    assert decode(b"[2.50, 3]") == [Decimal("2.50"), 3]
    assert str(decode(b"2.50")) == "2.50"


def test_a_refusal_never_repeats_what_was_sent():
    with pytest.raises(BadJson) as refusal:
        decode(b'{"family": "Canary-Name", }')
    assert "Canary" not in str(refusal.value)


@given(st.binary(max_size=200))
def test_no_bytes_whatever_raise_anything_but_bad_json(body):
    with contextlib.suppress(BadJson):
        decode(body)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(values)
@pytest.mark.proves("json-5")
def test_what_is_written_is_read_back_the_same_here_and_by_others(value):
    assert decode(encode(value)) == value == json.loads(encode(value))


@pytest.mark.parametrize("odd", [b"1e999999", b"0e99999", b"1." + b"3" * 1_000_000, b"1e-999999"])
def test_a_number_that_cannot_be_meant_is_read_and_is_no_number_where_one_is_needed(odd):
    read = number_of(decode(odd))
    assert read is None or len(str(read)) < 40 or read < 2


@pytest.mark.parametrize("body", [b"[" + b"1," * LARGE + b"1]", b"[" + b"1," * LARGE], ids=["good", "bad"])
@pytest.mark.parametrize("collects", [True, False])
def test_after_a_large_body_garbage_is_collected_as_before(body, collects):
    try:
        gc.enable() if collects else gc.disable()
        with contextlib.suppress(BadJson):
            decode(body)
        assert gc.isenabled() is collects
    finally:
        gc.enable()


def test_no_more_is_asked_of_a_reader_at_once_than_a_piece():
    """Whoever asks for all that may come has room for it made first, for every small file of a folder."""

    class Told(io.BytesIO):
        asked = 0

        def read(self, most=-1):
            self.asked = max(self.asked, most)
            return super().read(most)

    body = Told(b"x" * 3_000_000)
    assert wire.read_at_most(body, 200_000_000) == b"x" * 3_000_000
    assert body.asked <= 1 << 20
    assert wire.read_at_most(Told(b"abc"), 2) == b"ab"
