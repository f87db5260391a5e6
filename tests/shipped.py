"""The cards that came with us, loaded once for all tests of a process; nobody writes to a library."""

from cdshooks.content.load import load_library

LIBRARY = load_library()
