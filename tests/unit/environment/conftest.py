"""A small site: a store, wheels of the kit in it, an interpreter, and environments made of them."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Unpack

import pytest

from driverenv import environment, interpreter
from driverenv.environment.creation import Documents
from driverenv.model.launch import Environment
from driverenv.model.plan import Arrival, OriginFile, Plan, WheelFile
from driverenv.model.requirement import Interpreter
from driverenv.plan import arrival, environment_key, make_plan
from driverenv.store import Store, StoredWheel
from tests.kit.wheels import Wheel, WheelOptions


def read_file(one: Arrival, row: WheelFile) -> bytes:
    return Path(one.root, "files", row.scheme, row.path).read_bytes()


@dataclass
class Site:
    folder: Path
    python: Path = Path(sys.executable)
    name: str = "Switch Driver"
    origin: OriginFile | None = None
    wheels: list[tuple[StoredWheel, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = Store(self.folder / "home")

    @property
    def interpreter(self) -> Interpreter:
        return interpreter.inspect(self.python, store=self.store)

    def add(
        self, name: str, version: str = "1.0", *, requested: bool = False, **options: Unpack[WheelOptions]
    ) -> StoredWheel:
        made = Wheel(name=name, version=version, **options).archive()
        path = made.write(self.folder / "dists")
        digest = hashlib.sha256(made.data).hexdigest()
        stored = self.store.ingest(
            path, project=name, version=version, filename=made.filename, sha256=digest, public=True
        )
        with self.store.staging() as staging:
            (staging / "file").write_bytes(made.data)
            self.store.admit(staging / "file", digest)
        self.wheels.append((stored, requested))
        return stored

    def plan(self) -> Plan:
        arrivals = [
            arrival(stored, requested=requested, origin=self.origin) for stored, requested in self.wheels
        ]
        key = environment_key(
            interpreter=self.interpreter,
            name=self.name,
            arrivals=[(one.sha256, one.requested) for one in arrivals],
        )
        return make_plan(arrivals, key=key, name=self.name, interpreter=self.interpreter, content=read_file)

    def at(self, plan: Plan) -> Path:
        return self.store.home / "environments" / plan.key / environment.readable_name(self.name)

    def create(
        self, *, sharing: str = "link", documents: Documents = dict, plan: Plan | None = None
    ) -> Environment:
        plan = plan or self.plan()
        return environment.create(
            plan,
            at=self.at(plan),
            interpreter=self.interpreter,
            store=self.store,
            sharing=sharing,
            documents=documents,
        )


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


SiteFactory = Callable[[Path], Site]


@pytest.fixture
def site_for(tmp_path: Path) -> SiteFactory:
    """A site whose target is another interpreter."""
    return lambda python: Site(tmp_path, python)
