"""The attacker's distributions: like any other, but they say inside where they come from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import cast

from packaging.utils import canonicalize_name

from tests.kit import File, IndexData, Sdist, Universe, Wheel
from tests.kit.sdists import Backend
from tests.kit.wheels import Archive, escaped

MARK = "this_is_from_public.txt"
"""A file in the package's folder."""


class Foreign(File):
    """A file of public."""

    def archive(self, project: str) -> Archive:
        """Its bytes, with the mark."""
        mark = {f"{escaped(project)}/{MARK}": "This came from the public index.\n"}
        if self.sdist:
            backend = cast("Backend", self.backend)
            return Sdist(name=project, version=self.version, files=mark, backend=backend).archive()
        return Wheel(
            name=project,
            version=self.version,
            requires=self.requires,
            extras=self.extras,
            files=mark,
            build=self.build,
        ).archive()


def index(projects: Mapping[str, object], copies: Mapping[str, object]) -> IndexData:
    """A full index (JSON, HTML, sidecars) with the attacker's projects, and true copies of others."""
    universe = {"public": {"name": "public", "style": "full", "projects": projects}}
    read = Universe.parse(universe).public
    marked = {
        name: replace(project, files=tuple(_foreign(one) for one in project.files))
        for name, project in read.projects.items()
    }
    true = Universe.parse({"public": {"style": "full", "projects": copies}}).public.projects
    for name, project in true.items():
        key = canonicalize_name(name)
        marked[key] = replace(project, files=(*project.files, *(marked[key].files if key in marked else ())))
    return replace(read, projects=marked)


def _foreign(file: File) -> Foreign:
    return Foreign(**{one.name: getattr(file, one.name) for one in fields(File)})


def filled(data: object, places: Mapping[str, str]) -> object:
    """The same data with origins in the place of their names."""
    text = json.dumps(data, default=_plain)
    for name, origin in places.items():
        text = text.replace(name, origin)
    filled: object = json.loads(text)
    return filled


def _plain(data: object) -> object:
    if isinstance(data, Mapping):
        return dict(data)
    raise TypeError(repr(data))
