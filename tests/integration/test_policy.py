"""The site's rules over three real indexes: who serves, what is said, and who was never asked."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from driverenv import DriverEnvError, Exemption, Index, Policy, Request, prepare
from driverenv.events import Event, Warned
from tests.integration.command_line import driverenv
from tests.kit import StaticIndex
from tests.kit.factories import StaticIndexFactory, UniverseFactory
from tests.unit.stories.bench import Bench
from tests.unit.stories.test_outage import age

WORLD = tomllib.loads("""
[[local]]
projects = { both = ["1.0"], mine = ["1.0"], app = [{ version = "1.0", requires = ["acme-tools"] }] }
[[local]]
projects = { vendor-kit = ["2.0"], both = ["2.0"] }
[public.projects]
both = ["9.0"]
other = ["9.0"]
acme-tools = ["9.0"]
vendor-kit = ["9.0"]
""")
HOLDS = Exemption("both", allow="public", until="2999-12-01", reason="a fix", owner="ann")


@dataclass
class Lab:
    """Three servers, and the names that each was asked for."""

    bench: Bench
    servers: dict[str, StaticIndex]

    def policy(self, **rules: Any) -> Policy:  # noqa: ANN401 (fields have all types)
        index = {name: Index(server.simple_url, name=name) for name, server in self.servers.items()}
        policy = Policy(
            local=[index["lab"]], extra=[index["vendor"]], public=index["pypi"], byte_code="never"
        )
        return policy.replace(**rules)

    def request(self, requirements: str, **rules: Any) -> Request:  # noqa: ANN401
        return Request(self.bench.driver(requirements), policy=self.policy(**rules), home=self.bench.home)

    def asked(self, name: str) -> str:
        """Every path that a server was asked for, in one text."""
        return " ".join(row.path for row in self.servers[name].log)


@pytest.fixture
def lab(bench: Bench, universe: UniverseFactory, static_index: StaticIndexFactory) -> Lab:
    world = universe(WORLD)
    sites = (world.local[0], world.local[1], world.public)
    servers = {name: static_index(site) for name, site in zip(("lab", "vendor", "pypi"), sites, strict=True)}
    return Lab(bench, servers)


@pytest.mark.parametrize(
    ("requirement", "rules", "served", "untouched"),
    [
        ("both", {}, ("lab", "local version wins"), ("vendor", "pypi")),
        ("vendor-kit", {}, ("vendor", "extra index, absent before it"), ("pypi",)),
        ("other", {}, ("pypi", "absent before it"), ()),
        ("both", {"sources": {"b*": ["vendor"]}}, ("vendor", "sources pattern b*"), ("lab", "pypi")),
        ("both", {"sources": {"both": ["public"]}}, ("pypi", "sources pattern both"), ("lab", "vendor")),
        ("both", {"exceptions": [HOLDS], "extra": []}, ("pypi", f"exception: {HOLDS}"), ("lab", "vendor")),
        ("other", {"public_allow": ["o*"]}, ("pypi", "public_allow pattern o*"), ()),
    ],
)
def test_who_serves(
    lab: Lab, requirement: str, rules: dict[str, Any], served: tuple[str, str], untouched: tuple[str, ...]
) -> None:
    index, rule = served
    environment = prepare(lab.request(f"{requirement}\n", **rules))
    receipt = json.loads(Path(environment.receipt).read_bytes())
    (row,) = receipt["distributions"]
    assert row["index"]["name"] == index
    assert rule in row["rule"]
    for name in untouched:
        assert requirement not in lab.asked(name)
    assert [one["project"] for one in receipt["policy"].get("exceptions", ())] == (
        ["both"] if "exceptions" in rules else []
    )


@pytest.mark.parametrize(
    ("requirement", "rules", "reason"),
    [
        ("acme-tools", {"private": ["acme-*"]}, "private pattern acme-*"),
        ("app", {"private": ["acme-*"]}, "private pattern acme-*"),
        ("Acme.Tools", {"private": ["Acme_*"]}, "private pattern Acme_*"),
        ("acme-tools", {"public_deny": ["acme-tools"]}, "public_deny pattern acme-tools"),
        ("acme-tools", {"public_allow": ["other"]}, "no pattern of public_allow"),
        ("acme-tools", {"sources": {"*": ["lab", "vendor"]}}, "sources pattern *: only lab, vendor"),
        (
            "acme-tools",
            {"private": ["acme-*"], "exceptions": [HOLDS.replace(project="acme-*")]},
            "private pattern acme-*",
        ),
    ],
)
def test_what_is_kept_from_public_is_never_asked_there(
    lab: Lab, requirement: str, rules: dict[str, Any], reason: str
) -> None:
    with pytest.raises(DriverEnvError) as caught:
        prepare(lab.request(f"{requirement}\n", **rules))
    error = caught.value
    assert (error.code, error.exit_code) == ("PUBLIC_FORBIDDEN", 103)
    assert error.summary == (
        "acme-tools: no index that may serve it has it, and the policy keeps it from public: " + reason
    )
    assert any(label == "not asked" and text.endswith(f": {reason}") for label, text in error.facts)
    assert "acme" not in lab.asked("pypi").lower()


def test_online_without_a_public_index_it_hears_of_nothing(lab: Lab) -> None:
    """What the site has is launched with; what it has not, fails, and no name of it goes out."""
    prepare(lab.request("mine\n", public=None))
    with pytest.raises(DriverEnvError) as caught:
        prepare(lab.request("app\n", public=None))
    assert (caught.value.code, lab.asked("pypi")) == ("NOT_FOUND", "")


def test_offline_neither_extra_nor_public_is_asked(lab: Lab) -> None:
    with pytest.raises(DriverEnvError) as caught:
        prepare(lab.request("vendor-kit\n", mode="offline"))
    assert caught.value.code == "ABSENT_OFFLINE"
    assert lab.asked("vendor") == lab.asked("pypi") == ""


@pytest.mark.parametrize("who", ["lab", "vendor", "pypi"])
def test_an_outage_of_any_of_them(lab: Lab, who: str) -> None:
    events: list[Event] = []
    request = lab.request("other\n")
    environment = prepare(request)
    age(lab.bench, 9 * 3600.0)
    lab.servers[who].stop()
    assert prepare(request, on_event=events.append) == environment
    stale = [event.text for event in events if isinstance(event, Warned) and event.code == "STALE"]
    assert len(stale) == 1
    assert stale[0].startswith(f"{who} (")


@pytest.mark.slow
def test_the_command_line_says_that_it_is_stale(lab: Lab) -> None:
    bench = lab.bench
    driver = bench.driver("mine\n")
    arguments: list[str | Path] = [
        "prepare",
        driver,
        "--local",
        lab.servers["lab"].url,
        "--public",
        "false",
        "--home",
        bench.home,
    ]
    fresh = json.loads(driverenv(*arguments, "--json").out)
    assert fresh["stale"] is False
    age(bench, 9 * 3600.0)
    lab.servers["lab"].stop()
    done = driverenv(*arguments, "--json")
    told = json.loads(done.out)
    assert (done.code, told["prefix"], told["stale"], told["reused"]) == (0, fresh["prefix"], True, True)
    assert [warning["code"] for warning in told["warnings"]] == ["STALE"]
    plain = driverenv(*arguments)
    assert plain.out.strip() == fresh["prefix"]
    assert "warning[STALE]: " in plain.err
