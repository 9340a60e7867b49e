from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import driverenv
from driverenv import Environment, Exemption, Index, Policy, Request, prepare
from driverenv.events import Warned
from driverenv.model.answers import ProjectFile
from driverenv.model.requirement import Source
from driverenv.model.resolution import Candidate, Demand
from driverenv.stories.receipt import SCHEMA, requested_by
from tests.kit import rawserver
from tests.kit.factories import RawServerFactory, StaticIndexFactory, UniverseFactory, WheelFactory
from tests.unit.stories.bench import Bench


def receipt(environment: Environment) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(environment.receipt).read_bytes())
    return data


def test_what_is_in_it(bench: Bench) -> None:
    path = bench.wheel("a", "1.5", requires=["b"])
    sdist = bench.sdist("b", "2.0")
    request = bench.request("a\n")
    before = time.time() - 1
    made = bench.prepare(request)
    data = receipt(made)
    assert (data["schema"], data["driverenv"]) == (SCHEMA, driverenv.__version__)
    created = time.mktime(time.strptime(data["created"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
    assert before - 1 <= created <= time.time() + 1
    assert (data["name"], data["key"]) == ("Switch Driver", made.key)
    assert set(data["python"]) == {"executable", "version"}
    assert data["warnings"] == []
    a, b = data["distributions"]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert a == {
        "name": "a",
        "version": "1.5",
        "index": {"name": "lab", "location": str(bench.index), "public": False},
        "file": path.name,
        "url": str(path),
        "sha256": digest,
        "wheel_sha256": digest,
        "built": False,
        "rule": "local version wins",
        "requested_by": ["requirements.txt line 1: a"],
    }
    assert (b["name"], b["built"], b["requested_by"]) == ("b", True, ["a 1.5: b"])
    assert b["sha256"] == hashlib.sha256(sdist.read_bytes()).hexdigest()
    assert bench.home.joinpath("wheels", b["wheel_sha256"][:2], b["wheel_sha256"]).is_dir()
    assert [(row["project"], row["found"]) for row in data["answers"]] == [("a", "lab"), ("b", "lab")]


def test_the_policy_without_secrets(
    bench: Bench, universe: UniverseFactory, static_index: StaticIndexFactory
) -> None:
    content = universe({"local": [{"projects": {"a": ["1.0"]}}], "public": {"projects": {"b": ["1.0"]}}})
    local, public = static_index(content.local[0]), static_index(content)
    policy = Policy(
        local=[Index(local.url.replace("//", "//reader:s3cret@"), name="lab")],
        public=Index(public.simple_url, name="public"),
        proxies={"https_proxy": "http://me:s3cret@proxy:3128"},
        byte_code="never",
        valid_for_minutes=5,
    )
    made = prepare(Request(bench.driver("a\nb\n"), policy=policy, home=bench.home))
    text = Path(made.receipt).read_text(encoding="utf-8")
    assert "s3cret" not in text
    data = receipt(made)
    assert data["policy"] == {
        "mode": "online",
        "prereleases": "if-necessary",
        "builds": "allowed",
        "sharing": "link",
        "local": [{"name": "lab", "location": local.url, "public": False}],
        "public": {"name": "public", "location": public.simple_url, "public": True},
    }
    assert {one["name"]: one["index"]["name"] for one in data["distributions"]} == {"a": "lab", "b": "public"}
    answers = {row["project"]: row for row in data["answers"]}
    assert answers["a"]["found"] == "lab"
    assert answers["b"]["found"] == "public"


def test_exceptions_in_force_and_what_else_shapes_an_environment(bench: Bench) -> None:
    bench.wheel("a")
    holds = Exemption("b", allow="public", until="2999-12-01", reason="a fix", owner="ann")
    vendor = Index(
        "https://vendor.test/simple/", name="vendor", verify=False, username="u", password="s3cret"
    )
    request = bench.request(
        "a\n",
        exceptions=[holds, holds.replace(until="2020-02-29")],
        extra=[vendor],
        sources={"a": ["lab"]},
        exclude_newer="7 days",
    )
    data = receipt(bench.prepare(request))
    assert data["policy"]["exceptions"] == [
        {"project": "b", "allow": "public", "until": "2999-12-01", "reason": "a fix", "owner": "ann"}
    ]
    assert data["policy"]["extra"] == [
        {"name": "vendor", "location": "https://vendor.test/simple/", "public": False, "verify": False}
    ]
    assert data["policy"]["exclude_newer"] == "7 days"
    assert data["distributions"][0]["rule"] == "local version wins, sources pattern a"
    (ended,) = bench.told(Warned)
    assert ended.code == "EXCEPTION_ENDED"
    assert ended.text.startswith(
        "the exception ended on 2020-02-29 and has no effect any more: allow public b"
    )


def test_oddities_of_a_local_wheel_are_noted(bench: Bench) -> None:
    bench.wheel("a", record=lambda rows: [row for row in rows if not row[0].endswith("__init__.py")])
    (row,) = receipt(bench.prepare(bench.request("a\n")))["distributions"]
    assert any("__init__.py" in note for note in row["notes"])


def test_collisions_are_noted(bench: Bench) -> None:
    bench.wheel("a", files={"shared.py": "a = 1\n"})
    bench.wheel("b", files={"shared.py": "b = 1\n"})
    (warning,) = receipt(bench.prepare(bench.request("a\nb\n")))["warnings"]
    assert "shared.py" in warning


def test_names_that_are_no_text(bench: Bench) -> None:
    made = bench.prepare(bench.request("", name="Gerät \u4e16"))
    assert receipt(made)["name"] == "Gerät \u4e16"


def test_who_asked() -> None:
    file = ProjectFile("a-1.0-py3-none-any.whl", "/srv/a-1.0-py3-none-any.whl")
    a = Candidate(
        canonicalize_name("a"),
        Version("1.0"),
        file,
        Index("/srv"),
        public=False,
        is_wheel=True,
        tag_rank=0,
    )
    source = Source("requirements.txt", 2, "six>=1.16")
    assert requested_by(Demand(Requirement("six>=1.16"), None, source)) == (
        "requirements.txt line 2: six>=1.16"
    )
    assert requested_by(Demand(Requirement("six>=1.16"), a, None)) == "a 1.0: six>=1.16"


def test_a_signed_address_is_told_without_its_signature(
    bench: Bench, raw_server: RawServerFactory, make_wheel: WheelFactory, tmp_path: Path
) -> None:
    """What the query of a file's URL says may be a token; that it changes makes no other environment either."""
    wheel = make_wheel("a", "1.0", tmp_path)
    server = raw_server()
    server.script(f"/{wheel.name}", rawserver.page(wheel.read_bytes()))
    keys = set()
    for token in ("s3cret-1", "s3cret-2"):
        page = f"<!DOCTYPE html><html><a href='/{wheel.name}?sig={token}'>x</a></html>".encode()
        server.script("/simple/a/", rawserver.page(page))
        policy = Policy(local=[Index(server.simple_url, name="lab")], byte_code="never", valid_for_minutes=0)
        made = prepare(Request(bench.driver("a\n"), policy=policy, home=bench.home))
        keys.add(made.key)
        assert receipt(made)["distributions"][0]["url"] == f"{server.url}/{wheel.name}?***"
    assert len(keys) == 1
