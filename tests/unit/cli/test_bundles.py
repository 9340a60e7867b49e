from __future__ import annotations

import json

import pytest

from tests.kit.wheels import make_wheel
from tests.unit.cli.bench import Bench

TARGET = ("--python", "3.9", "--platform", "win_amd64")


@pytest.fixture
def site(bench: Bench) -> Bench:
    make_wheel(bench.cwd / "idx", "six", "1.0")
    (bench.cwd / "target index").mkdir()
    bench.environ |= {"DRIVERENV_LOCAL": str(bench.cwd / "idx"), "DRIVERENV_MODE": "offline"}
    return bench


def test_from_one_machine_to_another(site: Bench) -> None:
    assert site.run("bundle", "create", "Switch Driver", *TARGET, "-o", "my site.zip") == 0
    lines = site.out.getvalue().splitlines()
    assert lines[0] == "Switch Driver  3.9-win_amd64  1 file"
    assert lines[-1].startswith(f"wrote {site.cwd}/my site.zip  ")
    assert site.run("bundle", "verify", "my site.zip") == 0
    assert site.out.getvalue().endswith("my site.zip is whole\n")
    assert site.run("bundle", "apply", "my site.zip", "target index") == 0
    assert "added six-1.0-py3-none-any.whl" in site.out.getvalue()
    assert site.run("bundle", "apply", "my site.zip", "target index", "--json") == 0
    assert json.loads(site.out.getvalue())["there"] == ["six-1.0-py3-none-any.whl"]
    assert site.run("bundle", "diff", "my site.zip", "my site.zip") == 0
    assert site.out.getvalue() == "nothing differs\n"
    make_wheel(site.cwd / "idx", "six", "1.1")
    since = ("--since", "my site.zip")
    assert site.run("bundle", "create", "Switch Driver", *TARGET, "-o", "new.zip", "--json", *since) == 0
    told = json.loads(site.out.getvalue())
    assert (len(told["since"]), told["drivers"][0]["files"]) == (1, ["six-1.1-py3-none-any.whl"])
    assert site.run("bundle", "diff", "my site.zip", "new.zip") == 3
    assert "six: +1.1 -1.0" in site.out.getvalue()
    assert site.run("bundle", "diff", "my site.zip", "new.zip", "--json") == 3
    assert json.loads(site.out.getvalue())["same"] is False


def test_what_goes_wrong(site: Bench) -> None:
    (site.cwd / "junk.zip").write_bytes(b"junk")
    (site.cwd / "folder").mkdir()
    create = ("bundle", "create", "Switch Driver", "-o")
    for words, code, text in (
        (("bundle",), 2, "COMMAND"),
        (("bundle", "create", "-o", "x.zip"), 2, "DRIVERS"),
        (("bundle", "create", "Switch Driver"), 2, "-o/--output"),
        ((*create, "gone/x.zip"), 2, "the folder"),
        ((*create, "folder"), 120, "BUNDLE_UNWRITABLE"),
        ((*create, "x.zip", "--python", "3.9", "--platform", "win"), 111, "no platform"),
        ((*create, "x.zip", "--since", "junk.zip"), 120, "BUNDLE_INVALID"),
        ((*create, "x.zip", "--since-snapshot", "gone"), 120, "SNAPSHOT_INVALID"),
        (("bundle", "verify", "junk.zip"), 120, "BUNDLE_INVALID"),
        (("bundle", "verify", "gone.zip"), 120, "cannot be read"),
        (("bundle", "apply", "junk.zip"), 120, "BUNDLE_INVALID"),
        (("bundle", "diff", "junk.zip", "junk.zip"), 120, "BUNDLE_INVALID"),
        (("bundle", "apply", "junk.zip", "http://lab:8036/"), 2, "index push"),
    ):
        assert site.run(*words) == code, words
        assert text in site.err.getvalue(), (words, site.err.getvalue())
    assert not (site.cwd / "x.zip").exists()
