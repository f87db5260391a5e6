"""How the master hands a new offer to its workers: memory shared before the fork, a file without a name, a pipe."""

import os
import pickle
import struct
import tempfile
import zlib
from dataclasses import dataclass
from multiprocessing.sharedctypes import RawArray

from cdshooks.web.current import Fault, Offer

_HEAD = struct.Struct("QI")


@dataclass(frozen=True, slots=True)
class Message:
    """What the workers are told: a new offer to hold in readiness, or why there is none."""

    offer: Offer | None = None
    fault: Fault | None = None


class Channel:
    """Made by the master before it forks. What is pickled comes from the master itself, over an open descriptor.

    In the shared memory stand two numbers: the generation that is live, and the number of the last message.
    """

    def __init__(self):
        self.live = RawArray("Q", [1])
        self._number = RawArray("Q", 1)
        self.told = 0  # not shared: a fork takes with it what its master had told by then
        self._file, path = tempfile.mkstemp(prefix="cdshooks-")
        os.unlink(path)
        self._heard, self._answer = os.pipe()
        os.set_blocking(self._heard, False)

    @property
    def number(self) -> int:
        return self._number[0]

    def close(self) -> None:
        for descriptor in (self._file, self._heard, self._answer):
            os.close(descriptor)

    # --- the master's side ----------------------------------------------------------------------------------------

    def tell(self, message: Message) -> int:
        """Put a message where all can read it; its number."""
        packed = pickle.dumps(message, protocol=5)
        os.pwrite(self._file, _HEAD.pack(len(packed), zlib.crc32(packed)) + packed, 0)
        self._number[0] += 1
        self.told = self.number
        return self.told

    def answers(self) -> list[tuple[int, int]]:
        """Which workers have taken which message, since this was last asked: (process id, number)."""
        try:
            lines = os.read(self._heard, 65536).decode().split()
        except BlockingIOError:
            return []
        return [(int(pid), int(number)) for pid, number in (line.split(":") for line in lines)]

    # --- the workers' side ----------------------------------------------------------------------------------------

    def read(self) -> Message | None:
        """The last message; None while the master is writing another one over it: look again later."""
        length, check = _HEAD.unpack(os.pread(self._file, _HEAD.size, 0))
        packed = os.pread(self._file, length, _HEAD.size)
        return pickle.loads(packed) if zlib.crc32(packed) == check else None

    def answer(self, number: int) -> None:
        """Say that this process has taken the message. A line this short is written whole or not at all."""
        os.write(self._answer, f"{os.getpid()}:{number}\n".encode())
