"""The check digits of LOINC (mod 10, as on bank cards) and of SNOMED CT (Verhoeff)."""

_TURNS = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


def loinc_is_right(code: str) -> bool:
    """
    >>> loinc_is_right("2132-9"), loinc_is_right("2132-8")
    (True, False)
    """
    digits, _, check = code.partition("-")
    doubled = (str(int(d) * 2) if i % 2 == 0 else d for i, d in enumerate(reversed(digits)))
    return -sum(int(digit) for number in doubled for digit in number) % 10 == int(check)


def snomed_is_right(code: str) -> bool:
    """
    >>> snomed_is_right("84027009"), snomed_is_right("84027000")
    (True, False)
    """
    state = 0
    for place, digit in enumerate(reversed(code)):
        state = _turn_and_flip(state, int(_TURNS[place % 8][int(digit)]))
    return state == 0


def _turn_and_flip(left: int, right: int) -> int:
    """The product of two elements of the symmetries of a pentagon: 0 to 4 turn it, 5 to 9 flip it."""
    if left < 5:
        return (left + right) % 5 + 5 * (right >= 5)
    return (left - right) % 5 + 5 * (right < 5)
