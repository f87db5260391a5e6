"""Reloading without a pause: the master loads and checks, all workers take it in, then one number switches them all."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from cdshooks.config import Settings
from cdshooks.content.load import default_path
from cdshooks.content.site import files_of_site
from cdshooks.errors import CardError, CdsError
from cdshooks.web.channel import Channel, Message
from cdshooks.web.current import Current, Fault, Offer, load

log = logging.getLogger("cdshooks")
PATIENCE = 30.0  # seconds that the workers have to take in a new offer
_LOGGED = 20  # faults that the log tells


class Reloader:
    """The master's part; `tick` is called about once a second from its loop, and never from two threads."""

    def __init__(self, settings: Settings, current: Current, channel: Channel, told: Callable = lambda _outcome: None):
        self._settings, self._current, self._channel, self._told = settings, current, channel, told
        self._wanted = False
        self._offer: Offer | None = None  # loaded, not yet live
        self._number, self._until, self._taken = 0, 0.0, set()
        self._newest = current.now().generation
        self._loaded_files = self._seen_files = files_of(settings) if settings.watch else ()

    def ask(self) -> None:
        """Somebody wants a reload: at the next tick, or after the one that is under way."""
        self._wanted = True

    def tick(self, workers: Iterable[int]) -> None:
        """Go one step on. `workers` are the process ids of those that must have a new offer before it counts."""
        self._taken |= {pid for pid, number in self._channel.answers() if number == self._number}
        if self._offer:
            self._finish(set(workers) - self._taken)
        elif self._wanted or self._files_changed():
            self._wanted = False
            self._begin()

    def forked(self, pid: int) -> None:
        """A new worker has what the master had: nothing needs to be sent to it."""
        self._taken.add(pid)

    def _files_changed(self) -> bool:
        """Other files than those that were loaded, and the same as at the last look: nobody is still writing."""
        if not self._settings.watch:
            return False
        before, self._seen_files = self._seen_files, files_of(self._settings)
        return self._seen_files != self._loaded_files and self._seen_files == before

    def _begin(self) -> None:
        if self._settings.watch:
            self._loaded_files = files_of(self._settings)
        try:
            offer = load(self._settings)
        except CardError as error:
            return self._keep(error.issues)
        except CdsError as error:  # who may call is nobody's business who may ask for /readyz
            return self._keep(error.issues, ("the clients file cannot be used; the log tells why",))
        except Exception as error:  # a fault of ours must not end the master: the old cards are good
            return self._keep((f"{type(error).__name__} while loading",))
        self._newest += 1
        self._offer = offer.numbered(self._newest)
        self._current.offers[self._newest] = self._offer
        self._send(Message(offer=self._offer))
        return None

    def _finish(self, waiting_for: set[int]) -> None:
        if not waiting_for:
            self._channel.live[0] = self._offer.generation
            self._current.keep_only_live()
            log.info("reloaded: %s cards, generation %s", len(self._offer.library.cards), self._offer.generation)
            self._offer = None
            self._told("done")
        elif time.monotonic() > self._until:
            self._current.offers.pop(self._offer.generation)
            self._offer = None
            self._keep((f"{len(waiting_for)} workers did not take in the new cards within {PATIENCE:.0f} s",))

    def _keep(self, issues: tuple[str, ...], public: tuple[str, ...] | None = None) -> None:
        """Stay with what is live, and say so wherever somebody may look."""
        kept = self._channel.live[0]
        fault = Fault(datetime.now(UTC), public or issues, kept)
        self._current.last_fault = fault
        more = f" (and {len(issues) - _LOGGED} more; `cdshooks config --check` lists all)" * (len(issues) > _LOGGED)
        log.error("reload failed, generation %s stays in service: %s%s", kept, "; ".join(issues[:_LOGGED]), more)
        self._send(Message(fault=fault))
        self._told("failed")

    def _send(self, message: Message) -> None:
        self._taken = set()
        self._number = self._channel.tell(message)
        self._until = time.monotonic() + PATIENCE


def files_of(settings: Settings) -> tuple:
    """What would be loaded, as far as a look at the folder tells: every file with its size and time of change."""
    files = (Path(settings.cards) if settings.cards else default_path()).rglob("*")
    named = [*(files_of_site(Path(settings.site)) if settings.site else ()), *filter(None, [settings.clients])]
    return tuple(sorted(_look(file) for file in (*files, *named)))


def _look(file: Path) -> tuple:
    try:
        seen = os.stat(file)
    except OSError:  # gone between the listing and the look
        return (str(file),)
    return str(file), seen.st_mtime_ns, seen.st_size, seen.st_ino


def follow(current: Current, channel: Channel, every: float = 0.1) -> None:
    """A worker's part: a thread that takes in what the master tells. Started after the fork; it ends with the process.

    What the master had told before the fork is known already.
    """
    threading.Thread(target=_follow, args=(current, channel, channel.told, every), daemon=True).start()


def _follow(current: Current, channel: Channel, known: int, every: float) -> None:
    live = 0
    while True:
        time.sleep(every)
        number = channel.number
        if number != known and (message := channel.read()):
            take(current, message)
            channel.answer(number)
            known = number
        if channel.live[0] != live:
            live = channel.live[0]
            current.keep_only_live()


def take(current: Current, message: Message) -> None:
    """Hold a new offer in readiness, or the reason why there is none."""
    if message.fault:
        current.last_fault = message.fault
    if message.offer:
        current.offers[message.offer.generation] = message.offer
