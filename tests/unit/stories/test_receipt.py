from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import jsonschema
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import driverenv
from driverenv import Environment, Exemption, Index, Policy, Request, prepare
from driverenv.events import Warned
from driverenv.model.answers import ProjectFile
from driverenv.model.requirement import Source
from driverenv.model.resolution import Candidate, Demand
from driverenv.records.schema import SCHEMA, schema
from driverenv.stories.receipt import requested_by
from tests.kit import rawserver
from tests.kit.factories import RawServerFactory, StaticIndexFactory, UniverseFactory, WheelFactory
from tests.unit.stories.bench import Bench


def receipt(environment: Environment) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(Path(environment.receipt).read_bytes())
    jsonschema.Draft202012Validator(schema()).validate(data)
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
        "size": path.stat().st_size,
        "chain": ["requirements.txt line 1: a"],
    }
    assert (b["name"], b["built"], b["requested_by"]) == ("b", True, ["a 1.5: b"])
    assert b["sha256"] == hashlib.sha256(sdist.read_bytes()).hexdigest()
    assert b["chain"] == ["requirements.txt line 1: a", "a 1.5: b"]
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
        "sharing": "auto",
        "local": [{"name": "lab", "location": local.url, "public": False}],
        "public": {"name": "public", "location": public.simple_url, "public": True},
        "byte_code": "never",
        "valid_for_minutes": 5.0,
    }
    assert {one["name"]: one["index"]["name"] for one in data["distributions"]} == {"a": "lab", "b": "public"}
    answers = {row["project"]: row for row in data["answers"]}
    assert answers["a"]["found"] == "lab"
    assert answers["b"]["found"] == "public"
    assert answers["b"]["absent"] == [
        {
            "index": "lab",
            "proof": "404, and its root lists 1 project without it",
            "page": f"{local.url}/simple/b/",
            "answer": "404",
            "listing": "its root lists 1 project without it",
        }
    ]
    assert answers["a"]["not_asked"] == [{"index": "public", "reason": "lab has a, and so serves it alone"}]


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
    assert warning["code"] == "FILE_COLLISION"
    assert "shared.py" in warning["text"]


def test_what_was_asked_and_what_was_passed_over(bench: Bench) -> None:
    bench.wheel("a", "1.0", requires=["b<2"])
    for version in ("1.0", "2.0"):
        bench.wheel("b", version)
    request = bench.request("-c limits.txt\na\n", baseline=["b"], constraints=["c<9"])
    Path(request.driver, "limits.txt").write_text("a<2\n", encoding="utf-8")
    data = receipt(bench.prepare(request.replace(groups=())))
    assert data["request"]["requirements"] == [{"file": "requirements.txt", "line": 2, "text": "a"}]
    assert data["request"]["constraints"] == [{"file": "limits.txt", "line": 1, "text": "a<2"}]
    assert data["request"]["baseline"] == ["b"]
    assert data["request"]["driver"] == request.driver
    assert (data["policy"]["constraints"], data["policy"]["baseline"]) == (["c<9"], ["b"])
    (b,) = (row for row in data["answers"] if row["project"] == "b")
    assert b["passed_over"] == [{"file": "b-2.0-py3-none-any.whl", "reason": "version 2.0 is not in <2"}]
    assert b["more_passed_over"] == 0


def test_builds_times_and_the_log(bench: Bench) -> None:
    bench.sdist("a", "1.0")
    made = bench.prepare(bench.request("a\n", variables={"TOKEN": "s3cret"}, expand_vars=["TOKEN"]))
    data = receipt(made)
    (built,) = data["builds"]
    assert built["wheel"] == "a-1.0-py3-none-any.whl"
    assert built["sdist_sha256"] == data["distributions"][0]["sha256"]
    assert set(data["timings"]) == {"wait", "read", "resolve", "fetch", "build", "link"}
    assert built["seconds"] < data["timings"]["build"]
    assert (data["policy"]["variables"], data["policy"]["expand_vars"]) == (["TOKEN"], ["TOKEN"])
    log = Path(made.prefix).parent / "InstallRequirements_Switch Driver.log"
    text = log.read_text(encoding="utf-8")
    assert "s3cret" not in text + Path(made.receipt).read_text(encoding="utf-8")
    for said in ("chosen for the build of a 1.0", "built a-1.0-py3-none-any.whl from a-1.0.tar.gz", "times "):
        assert said in text
    assert f"the environment {made.key} was made after" in text.splitlines()[-1]
    build = next(
        path for path in bench.home.glob("environments/*/receipt.json") if path != Path(made.receipt)
    )
    data = json.loads(build.read_bytes())
    assert data["request"]["building"] == ["a 1.0"]
    assert sorted(path.name for path in build.parent.glob("*.*")) == ["receipt.json"]


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
