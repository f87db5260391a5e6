"""Attacks on the gate, as data: each makes one request that must not be let in."""
