"""Requests of any size in many shapes, and how much work each of them makes, counted and not timed."""
