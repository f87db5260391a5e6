"""Patients of our own, judged from the reference before the service was asked: see `tests/test_own_patients.py`."""
