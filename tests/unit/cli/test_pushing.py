from __future__ import annotations

import json

from driverenv.repository.server import Terms, served
from driverenv.stories.serving import set_password
from tests.kit.wheels import make_wheel
from tests.unit.cli.bench import Bench

SIX = "six-1.0-py3-none-any.whl"


def test_pushed_in_words_and_as_json(bench: Bench) -> None:
    (bench.cwd / "idx").mkdir()
    make_wheel(bench.cwd / "in", "six", "1.0")
    (bench.cwd / "in" / "six-1.0.egg").write_bytes(b"")
    set_password(bench.cwd / "users", "ann", "horse")
    bench.environ |= {"TWINE_USERNAME": "ann", "TWINE_PASSWORD": "horse"}
    with served(Terms(str(bench.cwd / "idx"), port=0, passwords=str(bench.cwd / "users"))) as server:
        assert bench.run("index", "push", "in", "--url", server.url) == 0
        lines = bench.out.getvalue().replace(str(bench.cwd), "").splitlines()
        assert lines[0].startswith(f"uploaded {SIX}  9")
        assert lines[1:] == [
            "passed over /in/six-1.0.egg: it is an egg; wheels took their place",
            f"1 file went to {server.url}",
        ]
        assert bench.run("index", "push", "in", "--url", server.url, "--json") == 0
        assert json.loads(bench.out.getvalue())["pushed"][0]["there"] is True
    assert bench.err.getvalue() == ""


def test_where_to_is_needed(bench: Bench) -> None:
    assert bench.run("index", "push", "six.whl", "--json") == 122
    assert bench.error_json()["code"] == "UPLOAD_SETTINGS"
