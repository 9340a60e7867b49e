"""Wheels by recipe: the same bytes on every machine, so that a run needs no network.

A set is a graph of distributions. Each has one package of modules with functions, classes, tables
and docstrings (they compile to real byte code, and their sizes are spread as in real wheels), some
data files, every third one a console script, and some older versions that a resolver must pass over.
The packages import a third of their modules and all packages they depend on, as drivers do.
"""

from __future__ import annotations

import base64
import hashlib
import random
import zipfile
from pathlib import Path
from typing import NamedTuple

DATE = (2020, 1, 1, 0, 0, 0)
NEWEST = "2.4.0"
NEWER = "2.4.1"
OLDER = ("1.9.2", "2.3.1")
WORDS = (
    "port",
    "slot",
    "frame",
    "session",
    "device",
    "route",
    "vlan",
    "reply",
    "table",
    "module",
    "state",
    "link",
)


class Recipe(NamedTuple):
    """How large a generated set is."""

    distributions: int
    files: int
    roots: int
    seed: int = 7


class Distribution(NamedTuple):
    """One generated distribution, before it is written."""

    name: str
    requires: tuple[str, ...]
    modules: int
    script: bool

    @property
    def package(self) -> str:
        """Its import name."""
        return self.name.replace("-", "_")


SETS = {
    "S": Recipe(distributions=5, files=230, roots=2),
    "M": Recipe(distributions=31, files=2300, roots=7),
    "L": Recipe(distributions=105, files=12000, roots=30),
}


def plan(recipe: Recipe) -> list[Distribution]:
    """Names, edges and sizes; each distribution that is no root is needed by at least one before it."""
    dice = random.Random(recipe.seed)  # noqa: S311 (a recipe, not a secret)
    count = recipe.distributions
    names = [f"bench-{dice.choice(WORDS)}-{number:03}" for number in range(count)]
    needs: list[set[int]] = [set() for _ in names]
    for child in range(recipe.roots, count):
        parents = min(child, dice.choice((1, 1, 1, 2, 3)))
        for parent in dice.sample(range(child), parents):
            needs[parent].add(child)
    weights = [dice.lognormvariate(0, 1.0) for _ in names]
    modules = _shares(weights, round(recipe.files * 0.8) - count)
    return [
        Distribution(name, tuple(names[child] for child in sorted(needs[at])), modules[at], at % 3 == 0)
        for at, name in enumerate(names)
    ]


def _shares(weights: list[float], total: int) -> list[int]:
    scale = max(total, len(weights)) / sum(weights)
    return [max(1, round(weight * scale)) for weight in weights]


def roots(recipe: Recipe) -> list[Distribution]:
    """What a requirements file names."""
    return plan(recipe)[: recipe.roots]


def generate(recipe: Recipe, folder: Path) -> None:
    """Write the wheels of a set into `folder`, its older versions too."""
    folder.mkdir(parents=True, exist_ok=True)
    for distribution in plan(recipe):
        for version in OLDER:
            _write(folder, distribution, version, {f"{distribution.package}/__init__.py": b""})
        _write(folder, distribution, NEWEST, _content(distribution, recipe.seed))


def generate_newer(recipe: Recipe, folder: Path) -> Path:
    """Write the next release of one distribution that needs no other, of about the average size."""
    leaves = [one for one in plan(recipe)[recipe.roots :] if not one.requires]
    average = recipe.files * 0.8 / recipe.distributions
    chosen = min(leaves, key=lambda one: abs(one.modules - average))
    folder.mkdir(parents=True, exist_ok=True)
    return _write(folder, chosen, NEWER, _content(chosen, recipe.seed + 1, NEWER))


def write_small(folder: Path, names: list[str], versions: list[str]) -> None:
    """Distributions of one small module each, in all of these versions, without requirements."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        distribution = Distribution(name, (), 0, script=False)
        for version in versions:
            source = f'__version__ = "{version}"\n'.encode()
            _write(folder, distribution, version, {f"{distribution.package}/__init__.py": source})


def _content(distribution: Distribution, seed: int, version: str = NEWEST) -> dict[str, bytes]:
    dice = random.Random(f"{seed} {distribution.name}")  # noqa: S311
    package = distribution.package
    files = {f"{package}/__init__.py": _front(distribution, version)}
    for number in range(distribution.modules):
        where = f"part{number // 12}/" if number >= 24 else ""
        if where:
            files.setdefault(f"{package}/{where}__init__.py", b"")
        files[f"{package}/{where}m{number:03}.py"] = _module(dice, number)
    for number in range(distribution.modules // 12):
        files[f"{package}/data/d{number:02}.json"] = b'{"%s": [%s]}\n' % (
            dice.choice(WORDS).encode(),
            b", ".join(b"%d" % dice.randrange(10**6) for _ in range(dice.randrange(20, 400))),
        )
    return files


def _front(distribution: Distribution, version: str) -> bytes:
    lines = [f'"""{distribution.name}."""', f'__version__ = "{version}"']
    lines += [f"import {name.replace('-', '_')}" for name in distribution.requires]
    for number in range(0, distribution.modules, 3):
        where = f".part{number // 12}" if number >= 24 else ""
        lines.append(f"from {distribution.package}{where} import m{number:03}")
    lines += ["", "def main():", "    print(__name__, __version__)", ""]
    return "\n".join(lines).encode()


def _module(dice: random.Random, number: int) -> bytes:
    lines = [f'"""Module {number}: generated."""', "", "from __future__ import annotations", ""]
    for at in range(max(1, min(60, round(dice.lognormvariate(1.9, 0.8))))):
        lines += _function(dice, at) if at % 3 else _class(dice, at)
    return "\n".join(lines).encode()


def _function(dice: random.Random, at: int) -> list[str]:
    noun, verb = dice.sample(WORDS, 2)
    return [
        f"def {verb}_{noun}_{at}({noun}, *, limit={dice.randrange(99)}, strict=True):",
        f'    """Give the {verb} of the {noun}, at most `limit` of them."""',
        f'    found = {{"{noun}": [], "{verb}": {dice.randrange(10**6)}}}',
        f"    for number, one in enumerate({noun} or ()):",
        f"        if strict and number > limit + {dice.randrange(9)}:",
        f'            raise ValueError(f"too many {noun}: {{number}} of {{limit}}")',
        f'        found["{noun}"].append((number * {dice.randrange(2, 99)}, str(one).strip().lower()))',
        "    return found",
        "",
    ]


def _class(dice: random.Random, at: int) -> list[str]:
    noun, other = dice.sample(WORDS, 2)
    return [
        f"class {noun.title()}{other.title()}{at}:",
        f'    """A {noun} with its {other}."""',
        f'    FIELDS = ("{noun}", "{other}", {dice.randrange(10**6)}, "{dice.choice(WORDS)}")',
        f"    def __init__(self, {noun}, {other}=None):",
        f"        self.{noun} = {noun}",
        f"        self.{other} = {other} if {other} is not None else []",
        "    def __eq__(self, other):",
        f"        return isinstance(other, type(self)) and self.{noun} == other.{noun}",
        f"    def add_{other}(self, value):",
        f"        self.{other}.append(value)",
        f"        return sum(1 for one in self.{other} if one in self.FIELDS)",
        "",
    ]


def _write(folder: Path, distribution: Distribution, version: str, files: dict[str, bytes]) -> Path:
    stem = f"{distribution.package}-{version}"
    info = f"{stem}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {distribution.name}\nVersion: {version}"]
    metadata += ["Requires-Python: >=3.8"]
    metadata += [f"Requires-Dist: {name}>=2.0,<3" for name in distribution.requires]
    members = dict(files)
    members[f"{info}/METADATA"] = ("\n".join(metadata) + "\n").encode()
    members[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if distribution.script and version not in OLDER:
        script = f"[console_scripts]\n{distribution.name} = {distribution.package}:main\n"
        members[f"{info}/entry_points.txt"] = script.encode()
    rows = [f"{path},sha256={_digest(data)},{len(data)}" for path, data in members.items()]
    members[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""]).encode()
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in members.items():
            member = zipfile.ZipInfo(path, DATE)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            member.external_attr = 0o100644 << 16
            archive.writestr(member, data)
    return wheel


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
