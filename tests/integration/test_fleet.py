"""Two servers of a site, each with a home of its own, and one store of built wheels between them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import trustme

from driverenv import Environment, Fleet, Index
from driverenv.events import Building, Built, BuiltElsewhere, Warned
from driverenv.stories.reasoning import why
from tests.docs.pages import ROOT, blocks
from tests.kit.factories import NginxFactory
from tests.kit.pypiserver import free_port
from tests.unit.stories.bench import Bench, copy_home

KEY = "correct-horse-battery-staple-0123"


def launch(bench: Bench, home: Path, fleet: Fleet) -> Environment:
    bench.home = home
    return bench.prepare(bench.request("widget\n", fleet=fleet))


def builds(made: Environment) -> list[str]:
    receipt = Path(made.prefix).with_name("receipt.json").read_text(encoding="utf-8")
    assert KEY not in receipt
    return [one["fleet"] for one in json.loads(receipt)["builds"]]


@pytest.fixture
def homes(tmp_path: Path, primed_home: Path) -> list[Path]:
    return [copy_home(primed_home, tmp_path / f"home-{number}") for number in range(3)]


@pytest.mark.slow
def test_one_builds_and_the_others_take_it(bench: Bench, homes: list[Path]) -> None:
    share = bench.root / "share"
    share.mkdir()
    bench.sdist("widget", build_requires=["tool"])
    tool = bench.wheel("tool")
    fleet = Fleet(str(share), key=KEY, write=True)
    first = launch(bench, homes[0], fleet)
    assert len(bench.told(Built)) == 1
    assert builds(first) == [""]
    tool.unlink()  # whoever takes a wheel needs no tools
    second = launch(bench, homes[1], fleet)
    assert bench.told(Building) == []
    (event,) = bench.told(BuiltElsewhere)
    assert builds(second) == [event.by]
    told = [why(str(home), "widget", cwd=str(bench.root))[0].reason for home in homes[:2]]
    assert [(one.built, one.built_by) for one in told] == [(True, ""), (True, event.by)]
    assert second.key == first.key


@pytest.mark.slow
def test_neither_a_stranger_nor_an_outage_fails_a_launch(bench: Bench, homes: list[Path]) -> None:
    share = bench.root / "share"
    share.mkdir()
    bench.sdist("widget")
    fleet = Fleet(str(share), key=KEY, write=True)
    launch(bench, homes[0], fleet)
    for path in share.glob("*.txt"):  # a stranger who may write there
        path.write_bytes(path.read_bytes().replace(b'"built_by": "', b'"built_by": "x'))
    launch(bench, homes[1], fleet.replace(write=False))
    assert [one.code for one in bench.told(Warned)] == ["FLEET_REFUSED"]
    assert len(bench.told(Built)) == 1

    shutil.rmtree(share)
    launch(bench, homes[2], fleet)
    assert [one.code for one in bench.told(Warned)] == ["FLEET_UNAVAILABLE"]
    assert len(bench.told(Built)) == 1


@pytest.mark.slow
def test_over_a_real_nginx_as_the_documentation_has_it(
    bench: Bench, homes: list[Path], nginx: NginxFactory
) -> None:
    """TLS, an authority of the site's own, and a password for whoever writes."""
    (recipe,) = (
        block.text
        for block in blocks(ROOT / "docs" / "how-to" / "share-built-wheels.md")
        if block.language == "nginx"
    )
    config, port = bench.root / "config", free_port()
    share = bench.root / "www" / "fleet"
    share.mkdir(parents=True)
    config.mkdir()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(config / "lab-ca.pem"))
    certificate = authority.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(str(config / "wheels.lab.example.pem"))
    certificate.private_key_pem.write_to_path(str(config / "wheels.lab.example.key"))
    (config / "fleet.htpasswd").write_text("me:{PLAIN}horse\n", encoding="utf-8")
    text = recipe.replace("listen 443", f"listen 127.0.0.1:{port}")
    nginx(text.replace("/srv/config", str(config)).replace("/srv/www", str(share.parent)), port=port)
    bench.sdist("widget")
    server = Index(f"https://127.0.0.1:{port}/fleet/", ca_file=str(config / "lab-ca.pem"))
    fleet = Fleet(server, key=KEY, write=True)
    launch(bench, homes[0], fleet)
    (told,) = bench.told(Warned)
    assert (told.code, "it answered 401" in told.text) == ("FLEET_UNAVAILABLE", True)
    writes = fleet.replace(store=server.replace(username="me", password="horse"))
    launch(bench, homes[1], writes)
    assert (bench.told(Warned), len(list(share.iterdir()))) == ([], 2)
    launch(bench, homes[2], fleet.replace(write=False))
    assert (bench.told(Building), len(bench.told(BuiltElsewhere))) == ([], 1)
