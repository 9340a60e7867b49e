"""Starts pypiserver itself, with passwords read without passlib (an optional part, often missing).

pypiserver's own code decides between 401 and 403; only the reading of the password file is ours:
lines of `user:password` in clear text.
"""

from __future__ import annotations

from pathlib import Path

import pypiserver.config
from pypiserver.__main__ import main


class ClearPasswords:
    """Stands in for passlib's HtpasswdFile."""

    def __init__(self, path: str) -> None:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        self._known = dict(line.split(":", 1) for line in lines if line)

    def check_password(self, user: str, password: str) -> bool:
        """Is this the user's password?"""
        return self._known.get(user) == password

    def load_if_changed(self) -> None:
        """As passlib's; the kit's file never changes."""


if __name__ == "__main__":
    pypiserver.config.HtpasswdFile = ClearPasswords
    main()
