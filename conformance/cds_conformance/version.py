"""The version of this distribution, which has its own, apart from the repository's."""

__version__ = "0.2.0"
