"""No attack is let in: each is told the same, the log tells why, and neither repeats what the attacker sent."""

import re

import pytest
from attacks.cases import ATTACKS, CANARY
from attacks.world import World
from tools import attack_table


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        world = World(tmp_path_factory.mktemp("clients"))
        world.publish_carelessly()
        yield world


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: f"{a.group}: {a.name}")
@pytest.mark.proves("sec-2", "sec-3", "sec-4", "sec-6", "sec-7")
def test_an_attack_is_not_let_in_and_learns_nothing(world, attack):
    headers = attack.headers(world)
    told = world.send(headers, attack.query())
    assert told.status == 401
    assert told.authenticate == "Bearer"
    assert told.body == world.send().body
    (line,) = [line for line in told.log if line.startswith("refused ")]
    assert line.isprintable()
    assert len(line) < 400
    reason, who = re.fullmatch(r"refused POST /cds-services/<service_id>: (.+) \((no trusted client|client '[^']+', kid .+)\)", line).groups()
    assert CANARY not in reason
    # All that is repeated is the kid, in ASCII and cut.
    assert (CANARY in who) == (CANARY in line)
    assert not leaked(headers, line)


def leaked(headers, line: str) -> list[str]:
    """Parts of a token that stand in the log."""
    sent = " ".join(value for _, value in headers)
    return [part for part in re.findall(r"[A-Za-z0-9_-]{24,}", sent) if part in line and not part.startswith("kkk")]


def test_there_are_more_than_forty_attacks_and_no_two_are_the_same():
    names = [(attack.group, attack.name) for attack in ATTACKS]
    assert len(set(names)) == len(names) > 40


def test_the_page_tells_what_became_of_each_attack(world):
    """`python -m tests.tools.attack_table` writes it anew."""
    text = attack_table.PAGE.read_text(encoding="utf-8")
    assert attack_table.page(text, attack_table.table(world)) == text, f"run: {attack_table.COMMAND}"
    assert re.search(r"\d+ attacks, 0 accepted \(\d+ × 401\)\.", text)
