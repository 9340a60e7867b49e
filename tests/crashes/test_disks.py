"""Real disks that are full, read-only, or lose their power; processes that may open no more files."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from driverenv import DriverEnvError, Request, boot, prepare
from driverenv.store import syncing
from tests.crashes import invariants
from tests.crashes.sweep import DONE, TOLD, forked
from tests.unit.stories.bench import Bench

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="mounts and limits are Linux's"),
]


def mounted(*arguments: str) -> None:
    """Mount something, or skip the test."""
    if shutil.which("mount") is None or os.geteuid() != 0:
        pytest.skip("only root may mount")
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")


def unmounted(place: Path) -> None:
    subprocess.run(["umount", str(place)], check=False, capture_output=True)


@contextlib.contextmanager
def disk(bench: Bench, *arguments: str) -> Iterator[Path]:
    """The bench's home on a disk of its own; gives where that is mounted."""
    place = bench.root / "disk"
    place.mkdir()
    mounted(*arguments, str(place))
    try:
        shutil.copytree(bench.home, place / "home", symlinks=True)
        bench.home = place / "home"
        yield place
    finally:
        unmounted(place)


def furnished(bench: Bench) -> Request:
    """A driver whose wheels take up some space."""
    bench.wheel(
        "alpha", requires=["beta"], files={f"alpha/m{number}.py": "x = 1\n" * 4000 for number in range(6)}
    )
    bench.wheel("beta", files={"beta/settings.ini": "[beta]\n"})
    return bench.request("alpha\n", sharing="copy", valid_for_minutes=0)


def launched(request: Request, *, run: str = "") -> dict[str, Any]:
    """Launch once; `run`: in another run of the machine, by its identity."""
    if run:
        boot._known[:] = [run]
    try:
        made = prepare(request)
    except DriverEnvError as error:
        return {"code": TOLD, "error": error.code, "text": str(error)}
    return {"prefix": made.prefix, "wrong": list(invariants.damage(Path(made.prefix)))}


def outcome(request: Request, *, run: str = "") -> dict[str, Any]:
    """What came of a launch in a process of its own."""
    code, answer = forked(lambda: launched(request, run=run))
    assert code in (DONE, TOLD), answer
    return answer


def test_a_disk_that_is_full_sooner_or_later(bench: Bench) -> None:
    request = furnished(bench)
    full = 0
    with disk(bench, "-t", "tmpfs", "-o", "size=64m", "none") as place:
        request = request.replace(home=str(bench.home))
        for more in range(0, 4_000_000, 61_440):
            filler = place / "filler"
            filler.write_bytes(b"")
            free = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
            filler.write_bytes(b"x" * max(0, free - more))
            answer = outcome(request)
            assert invariants.broken(bench.home) == []
            filler.unlink()
            if "error" in answer:
                full += 1
                assert os.strerror(errno.ENOSPC) in answer["text"], answer
            assert outcome(request).get("wrong") == []
            assert invariants.broken(bench.home) == []
            if "error" not in answer:
                break
            shutil.rmtree(bench.home / "environments")
            shutil.rmtree(bench.home / "wheels")
            shutil.rmtree(bench.home / "archives")
    assert full > 5


def test_a_disk_that_becomes_read_only(bench: Bench) -> None:
    bench.wheel("alpha")
    bench.wheel("beta")
    known, new = bench.request("alpha\n"), bench.request("beta\n", name="New")
    with disk(bench, "-t", "tmpfs", "none") as place:
        known, new = (one.replace(home=str(bench.home)) for one in (known, new))
        before = outcome(known)
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        assert outcome(known) == before
        answer = outcome(new)
        assert answer["error"] == "HOME_UNUSABLE"
        assert os.strerror(errno.EROFS) in answer["text"]
        subprocess.run(["mount", "-o", "remount,rw", str(place)], check=True)
        assert outcome(new)["wrong"] == []
        assert invariants.broken(bench.home) == []


def test_no_more_files_may_be_opened(bench: Bench) -> None:
    import resource

    request = furnished(bench).replace(refresh=True)
    template = bench.root / "template"
    shutil.copytree(bench.home, template, symlinks=True)
    refused = 0
    for most in range(6, 40, 3):
        shutil.rmtree(bench.home)
        shutil.copytree(template, bench.home, symlinks=True)

        def limited(most: int = most) -> dict[str, Any]:
            open_now = len(os.listdir("/proc/self/fd"))
            resource.setrlimit(resource.RLIMIT_NOFILE, (open_now + most - 6, open_now + most - 6))
            return launched(request)

        code, answer = forked(limited)
        assert code in (DONE, TOLD), answer
        assert invariants.broken(bench.home) == []
        if code == TOLD:
            refused += 1
            assert os.strerror(errno.EMFILE) in answer["text"], answer
        assert outcome(request)["wrong"] == []
    assert refused


def test_the_power_is_cut(bench: Bench) -> None:
    """What the disk has is what a copy of its image has: what was only in memory is gone in it."""
    if shutil.which("mkfs.ext4") is None:
        pytest.skip("there is no mkfs.ext4 here")
    request = furnished(bench)
    image = bench.root / "image"
    with image.open("wb") as file:
        file.truncate(64 << 20)
    subprocess.run(["mkfs.ext4", "-q", str(image)], check=True)
    cuts = {}
    with disk(bench, "-o", "loop", str(image)) as place:
        request = request.replace(home=str(bench.home))
        subprocess.run(["sync", "-f", str(place)], check=True)
        made = outcome(request)
        cuts["at once"] = shutil.copyfile(image, bench.root / "at-once")
        syncing.settle(str(bench.home), [str(Path(made["prefix"]).parent)])
        cuts["when it is synced"] = shutil.copyfile(image, bench.root / "synced")
    for moment, copy in cuts.items():
        mounted("-o", "loop", str(copy), str(place))
        try:
            here = Path(made["prefix"]).is_dir()
            assert here or moment == "at once"
            answer = outcome(request, run=f"after {moment}")
            assert answer["wrong"] == [], moment
            assert answer["prefix"] == made["prefix"]
            assert invariants.broken(bench.home) == []
        finally:
            unmounted(place)


def test_what_a_power_cut_emptied_is_made_anew(bench: Bench) -> None:
    """As disks do it that note names before contents: the file is there, with nothing in it."""
    request = furnished(bench)
    made = outcome(request)
    files = [path for path in Path(made["prefix"]).rglob("m*.py") if path.parent.name == "alpha"]
    stamps = [os.stat(path) for path in files]
    for path, status in zip(files, stamps, strict=True):
        path.chmod(0o644)
        path.write_bytes(b"\0" * status.st_size)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        path.chmod(status.st_mode)
    answer = outcome(request, run="another")
    assert answer["wrong"] == []
    assert invariants.broken(bench.home) == []
