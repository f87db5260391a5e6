"""What codings and words mean, remembered beyond a call: by a keyed digest, which tells nobody what was sent."""

import hashlib
import secrets

MOST = 4096  # entries of some 100 bytes; then it begins anew
_LONGEST = 3000  # characters of what is remembered; more is read each time
_SIZE = 16  # bytes: two different things never have the same


class Remembered:
    """Values by what they were made of. The key of the digest is this process's own, and dies with it.

    Keep only values that are content's own: a digest holds nothing of a patient, a value must not either.
    """

    def __init__(self):
        self._secret = secrets.token_bytes(_SIZE)
        self._values: dict[bytes, object] = {}

    def key(self, told: object) -> bytes | None:
        """The digest of what JSON can hold; None for what is too long."""
        text = repr(told)
        if len(text) > _LONGEST:
            return None
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_SIZE, key=self._secret).digest()

    def get(self, key: bytes | None) -> object | None:
        return self._values.get(key)

    def keep(self, key: bytes | None, value: object) -> None:
        if key is None:
            return
        if len(self._values) >= MOST:
            self._values.clear()
        self._values[key] = value
