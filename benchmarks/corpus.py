"""Real requirements files, all of a folder: ``python -m benchmarks.corpus FOLDER``.

Each `NAME.txt` is read: accepted, or refused with a line and a remedy. With ``--resolve`` it is resolved for each
Python of which there is a reference, and compared with that: `NAME.lock.txt` has the pins that another resolver
chose, a section for each Python, headed ``# python 3.9.18``; `resolved.tsv` (columns id, python, result) says where it
found none. With ``--prepare`` the environments are made, too, and every top-level module in them is imported.

Public PyPI is asked, as it was on the day ``--day`` ends; nothing else is.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path

from packaging.utils import canonicalize_name

from driverenv import Policy, Request, prepare
from driverenv.errors import DriverEnvError
from driverenv.requirements import read
from driverenv.stories.lock import lock

_SECTION = re.compile(r"#\s*python\s+(\d+\.\d+)", re.IGNORECASE)
_PINS = re.compile(r"([A-Za-z0-9][\w.-]*)\s*==\s*(\S+)")
_CODE = (".py", ".so", ".pyd")
_NAMESPACE = re.compile(rb"\bextend_path\b|\bdeclare_namespace\b")
_IMPORTS = """
import importlib, json, os, sys
failed = {}
out = os.dup(1)
os.dup2(2, 1)
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except BaseException as error:
        failed[name] = "%s: %s" % (type(error).__name__, str(error)[:200])
os.write(out, json.dumps(failed).encode())
os._exit(0)
"""
_IMPORT_SECONDS = 300


@dataclass
class Row:
    """One file for one Python."""

    name: str
    python: str
    reference: Mapping[str, str] | None
    """The pins of the other resolver; None: it found none."""
    pins: dict[str, str] = field(default_factory=dict)
    code: str = ""
    said: str = ""
    seconds: float = 0.0
    not_made: str = ""
    """Why there is no environment, although it resolved."""
    modules: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    """Modules that could not be imported, and why."""

    @property
    def verdict(self) -> str:
        """In a word or two."""
        if self.code:
            return (
                f"refused: {self.code}"
                if self.reference is None
                else f"refused ({self.code}), the other did not"
            )
        if self.reference is None:
            return "resolved, the other did not"
        return "the same pins" if self.pins == dict(self.reference) else "other pins"

    @property
    def differences(self) -> list[str]:
        """What is not as in the reference."""
        reference = self.reference or {}
        names = sorted({*reference, *self.pins})
        return [
            f"{name} {self.pins.get(name, '-')} for {reference.get(name, '-')}"
            for name in names
            if self.pins.get(name) != reference.get(name)
        ]


def requirements_files(folder: Path) -> list[Path]:
    """Those that drivers declare: no locks, no lists of files."""
    return sorted(path for path in folder.glob("*.txt") if path.stem.count(".") == 0)


def references(folder: Path) -> Iterator[Row]:
    """Every file with every Python that another resolver tried."""
    tried: dict[tuple[str, str], Mapping[str, str] | None] = {}
    table = folder / "resolved.tsv"
    if table.is_file():
        with table.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows, delimiter="\t"):
                tried.setdefault((row["id"], row["python"].partition("(")[0]), None)
    for path in folder.glob("*.lock.txt"):
        python = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            section, pin = _SECTION.match(line), _PINS.match(line)
            python = section[1] if section else python
            key = (path.name.removesuffix(".lock.txt"), python)
            if section:
                tried[key] = {}
            elif pin:
                tried[key] = {**(tried.get(key) or {}), canonicalize_name(pin[1]): pin[2]}
    for (name, python), pins in sorted(tried.items()):
        yield Row(name, python, pins)


def read_all(folder: Path) -> dict[str, str]:
    """By file: "" where it is accepted, else the code; says what is refused without a line or a remedy."""
    found = {}
    for path in requirements_files(folder):
        try:
            read(path, shown=path.name)
            found[path.name] = ""
        except DriverEnvError as error:
            found[path.name] = error.code
            problems = error.data.get("problems", ())
            if not (problems and all(one["line"] for one in problems) and error.remedies):
                print(f"{path.name}: no line or no remedy:\n{error}", file=sys.stderr)
    return found


def resolve(row: Row, folder: Path, home: Path, policy: Policy) -> None:
    """Fill in the pins, or why there are none."""
    begun = time.monotonic()
    request = Request(folder / f"{row.name}.txt", policy=policy, home=home, python=row.python, name=row.name)
    try:
        row.pins = {pin.name: pin.version for pin in lock(request).pins}
    except DriverEnvError as error:
        row.code, row.said = error.code, error.summary
    row.seconds = round(time.monotonic() - begun, 1)


def launch(row: Row, folder: Path, home: Path, policy: Policy) -> None:
    """Make the environment, and import all that is in it."""
    request = Request(folder / f"{row.name}.txt", policy=policy, home=home, python=row.python, name=row.name)
    try:
        made = prepare(request)
    except DriverEnvError as error:
        row.not_made = f"{error.code}: {error.summary}"
        return
    names = sorted(set(modules(Path(made.site_packages))))
    row.modules = len(names)
    if not names:
        return
    with tempfile.TemporaryDirectory() as place:
        command = [made.python, "-s", "-c", _IMPORTS, *names]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                check=False,
                cwd=place,
                timeout=_IMPORT_SECONDS,
                stdin=subprocess.DEVNULL,
            )
            row.failed = json.loads(done.stdout or b'{"all": "the process ended"}')
        except subprocess.TimeoutExpired:
            row.failed = {"all": "it never ended"}


def modules(site_packages: Path) -> Iterator[str]:
    """What can be imported at the top, from every RECORD; of a namespace, what lies right below it."""
    for record in site_packages.glob("*.dist-info/RECORD"):
        with record.open(encoding="utf-8", newline="") as rows:
            for path, *_ in csv.reader(rows):
                yield from _modules(site_packages, path)


def _modules(site_packages: Path, path: str) -> Iterator[str]:
    first, *rest = path.split("/")
    if not path.endswith(_CODE) or first == ".." or "." in first.partition(".")[0]:
        return
    if not rest:
        if not first.endswith(".py") or first != "__init__.py":
            yield first.partition(".")[0]
    elif first.isidentifier() and not _is_namespace(site_packages / first):
        yield first
    elif first.isidentifier() and rest[0] != "__init__.py":
        name = rest[0].partition(".")[0] if len(rest) == 1 else rest[0]
        if name.isidentifier():
            yield f"{first}.{name}"


def _is_namespace(folder: Path) -> bool:
    init = folder / "__init__.py"
    return not init.is_file() or _NAMESPACE.search(init.read_bytes()) is not None


def report(rows: list[Row], *, prepared: bool) -> None:
    """Tables, in Markdown."""
    print("\n| file | Python | s | | |\n|---|---|--:|---|---|")
    for row in rows:
        told = row.said if row.code else "; ".join(row.differences if row.reference is not None else ())
        print(
            f"| {row.name} | {row.python} | {row.seconds} | {row.verdict} | {told[:400].replace('|', '/')} |"
        )
    print("\n| | sets |\n|---|--:|")
    for verdict, count in Counter(row.verdict for row in rows).most_common():
        print(f"| {verdict} | {count} |")
    if not prepared:
        return
    print("\n| prepared | Python | modules | not imported |\n|---|---|--:|---|")
    for row in rows:
        if row.modules:
            failed = "; ".join(f"{name}: {why}" for name, why in row.failed.items())
            print(f"| {row.name} | {row.python} | {row.modules} | {failed.replace('|', '/')} |")
    by_python = Counter(row.python for row in rows if row.modules)
    whole = Counter(row.python for row in rows if row.modules and not row.failed)
    print("\n| resolved, and not to be made | Python | |\n|---|---|---|")
    for row in rows:
        if row.not_made:
            print(f"| {row.name} | {row.python} | {row.not_made[:400].replace('|', '/')} |")
    print("\n| Python | prepared | every module imported |\n|---|--:|--:|")
    for python, count in sorted(by_python.items()):
        print(f"| {python} | {count} | {whole[python]} |")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--day", type=date.fromisoformat, help="the last day whose releases count")
    parser.add_argument("--resolve", action="store_true", help="resolve, and compare with the references")
    parser.add_argument(
        "--prepare", action="store_true", help="resolve, make the environments, import all modules"
    )
    parser.add_argument(
        "--constraint", action="append", default=[], help="what the site constrains; repeat for more"
    )
    parser.add_argument("--python", action="append", help="only for this Python; repeat for more")
    parser.add_argument(
        "--also", action="append", default=[], help="for this Python as well, without a reference"
    )
    parser.add_argument("--only", default="", help="only files whose names have this in them")
    parser.add_argument("--home", type=Path, help="kept for another run; else a new one that is removed")
    parser.add_argument("--json", type=Path, help="write all figures there")
    return parser


def main() -> None:
    """Read, resolve and launch what a folder has."""
    options = _parser().parse_args()
    said = read_all(options.folder)
    counts = Counter(code or "accepted" for code in said.values())
    print("| requirements files | |\n|---|--:|")
    for code, count in counts.most_common():
        print(f"| {code} | {count} |")
    rows = list(_wanted(options))
    with tempfile.TemporaryDirectory(prefix="driverenv-corpus-") as scratch:
        home = options.home or Path(scratch, "home")
        newest = (options.day + timedelta(days=1)).isoformat() if options.day else None
        policy = Policy(exclude_newer=newest, byte_code="never", constraints=options.constraint)
        for row in rows if options.resolve or options.prepare else ():
            resolve(row, options.folder, home, policy)
            if options.prepare and not row.code:
                launch(row, options.folder, home, policy)
            print(f"{row.name} {row.python}: {row.verdict}, {row.seconds} s", file=sys.stderr, flush=True)
    if options.resolve or options.prepare:
        report(rows, prepared=options.prepare)
    if options.json:
        data = {"files": said, "sets": [{**asdict(row), "verdict": row.verdict} for row in rows]}
        options.json.write_text(json.dumps(data, indent=1), encoding="utf-8")


def _wanted(options: argparse.Namespace) -> Iterator[Row]:
    rows = list(references(options.folder))
    known = {(row.name, row.python) for row in rows}
    for path in requirements_files(options.folder):
        rows += [Row(path.stem, python, None) for python in options.also if (path.stem, python) not in known]
    for row in sorted(rows, key=lambda row: (row.name, row.python)):
        if options.only in row.name and (
            not options.python or row.python in (*options.python, *options.also)
        ):
            yield row


if __name__ == "__main__":
    main()
