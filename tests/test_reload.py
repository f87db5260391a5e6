"""Cards are reloaded below a running service: checked first, for all workers at one moment, or not at all."""

import json
import os
import pickle
import re
import signal
import threading
import time
from pathlib import Path

import pytest

from cdshooks.config import Settings, clock, read_settings
from cdshooks.errors import CardError
from cdshooks.protocol.request import parse_request
from cdshooks.protocol.wire import decode, encode
from cdshooks.respond import judge
from cdshooks.web import reload
from cdshooks.web.channel import Channel, Message
from cdshooks.web.current import Current, Fault, make_offer
from cdshooks.web.reload import Reloader, files_of, take
from tests.serving import ROOT, copied_cards, fixture, serving
from tests.shipped import LIBRARY


@pytest.fixture(scope="module")
def library():
    return LIBRARY


@pytest.fixture(scope="module")
def offer(library):
    return make_offer(library, Settings())


# What is handed over ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", sorted((ROOT / "fixtures" / "requests").glob("*.json")), ids=lambda file: file.stem)
def test_what_a_worker_unpacks_answers_as_what_the_master_loaded(file, offer):
    there = pickle.loads(pickle.dumps(offer))
    body = decode(file.read_bytes())
    now = clock(read_settings({"today": "2026-01-15"}, {}))

    def answer(offer):
        (service,) = [one for ones in offer.services.values() for one in ones if one.hook == body["hook"]]
        return encode(judge(offer.library, service, parse_request(body, service.hook), now).cards)

    assert answer(there) == answer(offer)
    assert there.discovery == offer.discovery


@pytest.fixture
def channel():
    channel = Channel()
    yield channel
    channel.close()


def test_a_message_is_read_as_it_was_told_and_answered(channel, offer):
    number = channel.tell(Message(offer=offer.numbered(7)))
    assert (channel.number, channel.told, channel.read().offer.generation) == (number, number, 7)
    assert channel.answers() == []
    channel.answer(number)
    channel.answer(number)
    assert channel.answers() == [(os.getpid(), number)] * 2


def test_a_message_that_is_being_written_over_is_not_taken_for_one(channel, offer):
    channel.tell(Message(offer=offer))
    os.pwrite(channel._file, b"new", 200)
    assert channel.read() is None


# The master's part, step by step --------------------------------------------------------------------------------------


class World:
    """A master with two workers, of which nothing is real but the reloader."""

    def __init__(self, offer, monkeypatch, **settings):
        self.channel, self.told, self.loads = Channel(), [], offer
        self.current = Current(offer, self.channel.live)
        monkeypatch.setattr(reload, "load", self._load)
        self.reloader = Reloader(Settings(**settings), self.current, self.channel, self.told.append)

    def _load(self, _settings):
        if isinstance(self.loads, Exception):
            raise self.loads
        return self.loads

    def tick(self):
        self.reloader.tick([11, 12])

    def answer(self, pid):
        os.write(self.channel._answer, f"{pid}:{self.channel.number}\n".encode())

    @property
    def live(self):
        return self.current.now().generation


@pytest.fixture
def make_world(offer, monkeypatch):
    made = []

    def make(**settings):
        made.append(World(offer, monkeypatch, **settings))
        return made[-1]

    yield make
    for world in made:
        world.channel.close()


@pytest.fixture
def world(make_world):
    return make_world()


def test_the_switch_waits_until_every_worker_has_the_new_cards(world):
    world.tick()
    assert world.channel.number == 0
    world.reloader.ask()
    world.tick()
    assert world.channel.read().offer.generation == 2
    world.answer(11)
    world.tick()
    assert (world.live, world.told) == (1, [])
    world.answer(12)
    world.tick()
    assert (world.live, world.told, list(world.current.offers)) == (2, ["done"], [2])


def test_a_worker_that_was_forked_meanwhile_needs_no_message(world):
    world.reloader.ask()
    world.tick()
    world.answer(11)
    world.reloader.forked(12)
    world.tick()
    assert world.live == 2


def test_an_answer_to_an_older_message_does_not_count(world):
    for _ in range(2):
        world.reloader.ask()
        world.tick()
        late = world.channel.number
        world.answer(11)
        world.answer(12)
        world.tick()
    world.reloader.ask()
    world.tick()
    os.write(world.channel._answer, f"11:{late}\n12:{late}\n".encode())
    world.tick()
    assert world.live == 3


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (CardError("rule.toml: first", "text.md: second"), ("rule.toml: first", "text.md: second")),
        (KeyError("canary"), ("KeyError while loading",)),
    ],
)
def test_cards_with_faults_change_nothing_and_the_faults_are_told(world, error, told, caplog):
    world.loads = error
    world.reloader.ask()
    world.tick()
    assert (world.live, world.told) == (1, ["failed"])
    assert world.current.fault.issues == world.channel.read().fault.issues == told
    assert f"generation 1 stays in service: {told[0]}" in caplog.text
    assert "canary" not in caplog.text


def test_of_many_faults_the_log_tells_some_and_how_to_see_all(world, caplog):
    world.loads = CardError(*(f"fault {number}" for number in range(25)))
    world.reloader.ask()
    world.tick()
    assert "fault 19 (and 5 more; `cdshooks config --check` lists all)" in caplog.text


def test_a_good_reload_after_a_bad_one_clears_the_fault(world, offer):
    world.loads = CardError("bad")
    world.reloader.ask()
    world.tick()
    world.loads = offer
    world.reloader.ask()
    world.tick()
    assert world.current.fault
    world.answer(11)
    world.answer(12)
    world.tick()
    assert (world.live, world.current.fault) == (2, None)


def test_workers_that_never_answer_leave_the_old_cards_in_service(world, monkeypatch):
    monkeypatch.setattr(reload, "PATIENCE", -1)
    world.reloader.ask()
    world.tick()
    world.answer(11)
    world.tick()
    assert (world.live, world.told, list(world.current.offers)) == (1, ["failed"], [1])
    assert "1 workers did not take in" in world.current.fault.issues[0]


def test_a_worker_holds_a_new_offer_without_serving_it(offer):
    current = Current(offer)
    take(current, Message(offer=offer.numbered(2)))
    assert current.now().generation == 1
    current.live[0] = 2
    current.keep_only_live()
    assert (current.now().generation, list(current.offers)) == (2, [2])


def test_a_fault_is_shown_only_while_what_it_kept_is_in_service(offer):
    current = Current(offer)
    take(current, Message(fault=Fault(offer.loaded, ("bad",), 1)))
    assert current.fault.issues == ("bad",)
    current.live[0] = 2
    assert current.fault is None


# Watching the files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["write", "touch", "add", "remove"])
def test_a_change_of_a_file_is_seen_once_nobody_writes_any_more(change, make_world, tmp_path):
    (tmp_path / "card").mkdir()
    file = tmp_path / "card" / "rule.toml"
    file.write_text("a = 1")
    world = make_world(cards=tmp_path, watch=True)
    world.tick()
    assert world.channel.number == 0
    match change:
        case "write":
            file.write_text("a = 22")
        case "touch":
            os.utime(file, ns=(1, 1))
        case "add":
            (tmp_path / "card" / "text.md").touch()
        case "remove":
            file.unlink()
    world.tick()
    assert world.channel.number == 0  # it may still be written
    world.tick()
    assert world.channel.number == 1
    for _ in range(3):
        world.answer(11)
        world.answer(12)
        world.tick()
    assert (world.channel.number, world.live) == (1, 2)


def test_bad_files_are_tried_once_and_not_again_until_they_change(make_world, tmp_path):
    file = tmp_path / "rule.toml"
    file.write_text("a = 1")
    world = make_world(cards=tmp_path, watch=True)
    world.loads = CardError("bad")
    file.write_text("a = 22")
    for _ in range(5):
        world.tick()
    assert world.told == ["failed"]


def test_the_site_file_is_watched_too(tmp_path):
    (tmp_path / "cards").mkdir()
    (tmp_path / "site.toml").write_text("a = 1")
    settings = Settings(cards=tmp_path / "cards", site=tmp_path / "site.toml")
    before = files_of(settings)
    (tmp_path / "site.toml").write_text("a = 22")
    assert files_of(settings) != before
    (tmp_path / "site.toml").unlink()
    assert files_of(settings) not in (before, ())


def test_what_a_site_file_names_is_watched_too(tmp_path):
    (tmp_path / "cards").mkdir()
    (tmp_path / "site.toml").write_text('[[map]]\nfile = "codes.csv"\n')
    settings = Settings(cards=tmp_path / "cards", site=tmp_path / "site.toml")
    before = files_of(settings)
    (tmp_path / "codes.csv").write_text("a")
    assert files_of(settings) != before


# The real service under load --------------------------------------------------------------------------------------------


def relabel(cards: Path, name: str) -> None:
    """Give every card, source and service another title: of one name, or it is a mixture."""
    for file in cards.glob("*/rule.toml"):
        file.write_text(re.sub(r'(?m)^(title *)= ".*"', rf'\1= "{name}"', file.read_text("utf-8")))
    for file in [cards / "_service.toml", cards / "_concepts" / "sources.toml"]:
        # A source whose address leads to a collection has to say so.
        label = f"{name} (collection)" if file.name == "sources.toml" else name
        file.write_text(re.sub(r'(?m)^(title|label)( *)= ".*"', rf'\1\2= "{label}"', file.read_text("utf-8")))


def names_in(answer: dict) -> set[str]:
    """The names that the cards of an answer bear."""
    told = [(card["source"]["label"].split(" (")[0], card["source"]["topic"]["display"]) for card in answer["cards"]]
    return {name for pair in told for name in pair}


class Load:
    """Calls without pause from several threads; of each: begun, ended, the names seen in the answer."""

    def __init__(self, service, threads=6):
        self._service, self._stop, self.seen = service, threading.Event(), []
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(threads)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _work(self, number):
        body = fixture("folic-acid-low-b12" if number % 2 else "low-b12")
        path = f"/cds-services/b12-{json.loads(body)['hook']}"
        while not self._stop.is_set():
            begun = time.monotonic()
            try:
                status, _, answer = self._service.call("POST", path, body, {"Content-Type": "application/json"})
                names = names_in(json.loads(answer)) if status == 200 else {status}
            except OSError as error:
                names = {type(error).__name__}
            self.seen.append((begun, time.monotonic(), names))


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reload")
    cards = copied_cards(folder)
    relabel(cards, "generation 1")
    with serving(folder, "--workers", "3", "--cards", str(cards)) as running:
        running.cards = cards
        yield running


def test_under_load_every_call_is_answered_by_one_generation_and_none_by_an_older_one_after_the_switch(service):
    first = service.get("/readyz")["generation"]
    with Load(service) as load:
        for generation in range(first + 1, first + 4):
            relabel(service.cards, f"generation {generation}")
            service.process.send_signal(signal.SIGHUP)
            service.until(lambda wanted=generation: service.get("/readyz")["generation"] == wanted)
            assert {one["title"] for one in service.get("/cds-services")["services"]} == {f"generation {generation}"}
    mixtures = [names for _, _, names in load.seen if len(names) != 1 or not re.match("generation", str(*names))]
    assert mixtures == []
    assert len({str(*names) for _, _, names in load.seen}) == 4
    print(f"{len(load.seen)} calls, {len(mixtures)} of them failed or mixed, over 3 switches of 3 workers")
    # Who begins after an answer of generation N has ended must not get an older one, whichever worker answers.
    newest, ended = 0, sorted((end, int(str(*names).split()[1])) for _, end, names in load.seen)
    for begun, _, names in sorted(load.seen, key=lambda one: one[0]):
        while ended and ended[0][0] < begun:
            newest = max(newest, ended.pop(0)[1])
        assert int(str(*names).split()[1]) >= newest


def test_bad_cards_leave_the_old_ones_in_service_and_say_so_on_readyz_and_in_the_log(service):
    before = service.get("/readyz")
    rule = next(service.cards.glob("*/rule.toml"))
    good = rule.read_text("utf-8")
    with Load(service, 2) as load:
        rule.write_text("when = ")
        service.process.send_signal(signal.SIGHUP)
        # Every worker says so: one answers whoever asks.
        service.until(lambda: all("failed_reload" in service.get("/readyz") for _ in range(20)))
    ready = service.get("/readyz")
    assert ready["generation"] == ready["failed_reload"]["kept_generation"] == before["generation"]
    assert any("rule.toml" in issue for issue in ready["failed_reload"]["issues"])
    assert "reload failed, generation" in service.log
    assert {str(*names) for _, _, names in load.seen} == {f"generation {before['generation']}"}

    # A worker that dies now is replaced by one with the cards in service, not by one with what lies on the disk.
    for victim in service.workers():
        os.kill(victim, signal.SIGKILL)
    service.until(lambda: len(service.workers()) == 3)
    for _ in range(12):
        status, answer = service.fire("low-b12")
        assert status == 200
        assert names_in(answer) == {f"generation {before['generation']}"}

    rule.write_text(good)
    service.process.send_signal(signal.SIGHUP)
    service.until(lambda: service.get("/readyz")["generation"] > before["generation"])
    assert all("failed_reload" not in service.get("/readyz") for _ in range(10))


def test_a_watched_folder_is_reloaded_without_a_signal(tmp_path):
    cards = copied_cards(tmp_path)
    with serving(tmp_path, "--workers", "2", "--cards", str(cards), "--watch") as service:
        assert service.get("/readyz")["generation"] == 1
        relabel(cards, "generation 2")
        service.until(lambda: service.get("/readyz")["generation"] == 2)
        _, answer = service.fire("low-b12")
        assert names_in(answer) == {"generation 2"}


# Who may call is part of what is reloaded -------------------------------------------------------------------------------


@pytest.fixture
def hospital(tmp_path, monkeypatch):
    from tests.attacks.world import World

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return World(tmp_path)


def protected(hospital):
    """An app that reloads, and what it holds."""
    from cdshooks import create_app
    from tests.attacks.minting import BASE

    settings = Settings(clients=hospital.folder / "clients.toml", public_url=BASE, access_log=False)
    current = Current(reload.load(settings))
    return settings, current, create_app(settings, current=current)


def swap(settings, current):
    """What a reload comes to in a worker."""
    offer = reload.load(settings).numbered(current.now().generation + 1)
    take(current, Message(offer=pickle.loads(pickle.dumps(offer))))
    current.live[0] = offer.generation


def test_a_client_that_is_taken_out_of_the_file_is_refused_after_the_reload(hospital):
    from tests.attacks.minting import token

    settings, current, app = protected(hospital)
    bearer = [("Authorization", f"Bearer {token()}")]
    assert hospital.send(bearer, app=app).status == 200
    text = (hospital.folder / "clients.toml").read_text()
    (hospital.folder / "clients.toml").write_text(text.replace("https://ehr.example.org", "https://moved.example.org"))
    bearer = [("Authorization", f"Bearer {token()}")]
    assert hospital.send(bearer, app=app).status == 200  # nothing was reloaded yet
    swap(settings, current)
    assert hospital.send([("Authorization", f"Bearer {token()}")], app=app).status == 401


def test_a_token_that_was_used_before_a_reload_is_still_used_after_it(hospital):
    from tests.attacks.minting import token

    settings, current, app = protected(hospital)
    bearer = [("Authorization", f"Bearer {token()}")]
    assert hospital.send(bearer, app=app).status == 200
    swap(settings, current)
    assert hospital.send(bearer, app=app).status == 401


def test_faults_of_the_clients_file_are_for_the_log_and_not_for_everybody(make_world, caplog):
    from cdshooks.errors import SettingsError

    master = make_world()
    master.loads = SettingsError("clients.toml, first [[client]]: secret-partner is odd")
    master.reloader.ask()
    master.tick()
    assert "secret-partner" in caplog.text
    assert "secret-partner" not in str(master.current.fault)
    assert "the log tells why" in str(master.current.fault)


def test_the_clients_file_is_watched_too(tmp_path):
    (tmp_path / "clients.toml").write_text("a = 1")
    settings = Settings(cards=tmp_path, clients=tmp_path / "clients.toml")
    before = files_of(settings)
    (tmp_path / "clients.toml").write_text("a = 22")
    assert files_of(settings) != before
