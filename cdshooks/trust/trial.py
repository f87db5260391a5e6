"""A token tried in the open, for the one who has to set a client up: every check with its answer, nothing used up."""

from typing import NamedTuple

from cdshooks.errors import NotTrusted
from cdshooks.trust.admission import Known, client_of
from cdshooks.trust.checks import CHECKS, Asked, audience
from cdshooks.trust.token import read_token


class Answer(NamedTuple):
    """One check: does it hold (None: it was not asked), and why not."""

    check: str
    holds: bool | None
    why: str = ""


def try_token(text: str, known: Known, endpoint: str | None, now: float) -> list[Answer]:
    """All that the gate would look at, but for whether the token was used before; values of claims are told."""
    try:
        token = read_token(text.removeprefix("Bearer ").strip())
    except NotTrusted as fault:
        return [Answer("it can be read", False, str(fault))]
    answers = [Answer("it can be read", True)]
    try:
        client, keyring = client_of(token, known)
    except NotTrusted as fault:
        seen = f"the token says {token.claims.get('iss')!r}, trusted are {', '.join(sorted(known))}"
        return [*answers, Answer("iss is a trusted client", False, f"{fault}; {seen}")]
    answers.append(Answer("iss is a trusted client", True, client.name))
    asked = Asked(token, client, keyring, endpoint or "", now)
    return answers + [_answer(name, check, asked) for name, check in CHECKS.items()]


def _answer(name: str, check, asked: Asked) -> Answer:
    if check is audience and not asked.endpoint:
        return Answer(name, None, f"give --endpoint URL; the token says {asked.token.claims.get('aud')!r}")
    no = check(asked)
    if no is None:
        return Answer(name, True)
    return Answer(name, False, no.says if no.seen is None else f"{no.says}; the token says {no.seen!r}")
