"""What the caller can mend: a URL, a key, a folder or a file that cannot be used."""


class ConformanceError(Exception):
    """The judge cannot begin; said without a traceback."""

    exit_code = 2


class BadOption(ConformanceError):
    """An option cannot be used as it is; the message names it and says what to give."""
