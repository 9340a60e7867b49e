"""Launches that are killed, or refused something by the system, at every point; and what must hold after each.

`python -m tests.crashes` plays everything there is and prints the figures; `pytest -m slow tests/crashes` a part of it.
"""
