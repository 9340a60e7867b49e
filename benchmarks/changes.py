"""A newer release in the index, and the index put back as it was."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.servers import notice


class Change(NamedTuple):
    """A wheel that comes into a served folder, which then is another index until it is put back."""

    wheel: Path
    folder: Path
    kind: str
    url: str

    def make(self) -> None:
        """Place the wheel by one rename, and let the server see it."""
        partial = self._placed.with_suffix(".partial")
        shutil.copyfile(self.wheel, partial)
        partial.replace(self._placed)
        notice(self.kind, self.url)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """At the end of the block, whatever happened in it, the index is as it was."""
        try:
            yield
        finally:
            if self._placed.exists():
                self._placed.unlink()
                notice(self.kind, self.url)

    def assert_seen(self, site_packages: str, tool: str) -> None:
        """Assert that an environment has the newer release."""
        project, version = self.wheel.name.split("-")[:2]
        wanted = f"{project}-{version}.dist-info"
        assert wanted in os.listdir(site_packages), f"{tool} did not see that {project} {version} came"

    @property
    def _placed(self) -> Path:
        return self.folder / self.wheel.name
