from __future__ import annotations

import json
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from driverenv import Correction, Environment, Index, Policy, Request
from driverenv.errors import DriverEnvError, IntegrityError
from driverenv.events import Building
from driverenv.model.resolution import Candidate, Dependencies, Failed, Unusable
from driverenv.store import StoredWheel
from driverenv.stories.lock import lock
from driverenv.stories.remembering import PROVED, TOLD, Known, prove, recalled, told
from driverenv.stories.workshop import Workshop
from tests.kit.factories import StaticIndexFactory, UniverseFactory
from tests.unit.stories.bench import Bench
from tests.unit.stories.candidates import candidate_of

# A build whose wheel needs more than the sdist's own (static) metadata says.
SURPRISE = (
    "import sys\n"
    "info = sys.modules['kit_backend'].SPEC['info_files']\n"
    "info['METADATA'] += 'Requires-Dist: {0}\\n'\n"
)


def stored(workshop: Workshop, path: Path, candidate: Candidate) -> StoredWheel:
    sha256 = candidate.file.digest("sha256")
    assert sha256 is not None
    return workshop.store.ingest(
        path,
        project=candidate.project,
        version=str(candidate.version),
        filename=path.name,
        sha256=sha256,
        public=True,
    )


NEEDS_B = Dependencies((Requirement('b[x]>=2; python_version > "3"'),), ">=3.8", frozenset())
NEEDS_NOTHING = Dependencies(())


def test_an_index_is_remembered_by_what_it_said_of_these_bytes(bench: Bench) -> None:
    path = bench.wheel("a")
    with bench.workshop(bench.request()) as workshop:
        mine, other = (candidate_of(path, Index(f"http://{name}.test/")) for name in ("one", "two"))
        told(workshop, [mine], {mine.key: NEEDS_B})
        assert recalled(workshop, [mine]) == {mine.key: NEEDS_B}
        assert recalled(workshop, [other]) == {}
        path.write_bytes(path.read_bytes() + b"more")
        assert recalled(workshop, [candidate_of(path, mine.index)]) == {}


@pytest.mark.parametrize("known", [Unusable("broken"), Failed(OSError("no compiler"))])
def test_trouble_is_not_remembered(bench: Bench, known: Known) -> None:
    with bench.workshop(bench.request()) as workshop:
        one = candidate_of(bench.wheel("a"), Index("http://lab.test/"))
        told(workshop, [one], {one.key: known})
        assert recalled(workshop, [one]) == {}


def test_a_file_without_a_digest_is_not_remembered(bench: Bench) -> None:
    with bench.workshop(bench.request()) as workshop:
        one = candidate_of(bench.wheel("a"), Index(bench.index), digest=False)
        told(workshop, [one], {one.key: NEEDS_B})
        assert recalled(workshop, [one]) == {}


def test_what_a_wheel_proves_is_known_of_it_from_every_index(bench: Bench) -> None:
    path = bench.wheel("a")
    with bench.workshop(bench.request()) as workshop:
        mine, other = (candidate_of(path, Index(f"http://{name}.test/")) for name in ("one", "two"))
        told(workshop, [other], {other.key: NEEDS_B})  # a lie, of another index
        wheel = stored(workshop, path, mine)
        assert prove(workshop, mine, wheel, NEEDS_NOTHING) == NEEDS_NOTHING
        assert recalled(workshop, [mine, other]) == {mine.key: NEEDS_NOTHING, other.key: NEEDS_NOTHING}


def test_what_was_proved_is_not_read_again(bench: Bench) -> None:
    path = bench.wheel("a")
    with bench.workshop(bench.request()) as workshop:
        one = candidate_of(path, Index("http://lab.test/"))
        wheel = stored(workshop, path, one)
        assert prove(workshop, one, wheel, NEEDS_NOTHING) == NEEDS_NOTHING
        metadata = wheel.files / "purelib" / wheel.dist_info / "METADATA"
        metadata.unlink()
        assert prove(workshop, one, wheel, NEEDS_NOTHING) == NEEDS_NOTHING


def test_a_lie_about_a_wheel_ends_the_launch_and_is_forgotten(bench: Bench) -> None:
    path = bench.wheel("a")
    with bench.workshop(bench.request()) as workshop:
        one = candidate_of(path, Index("http://lab.test/", name="lab"))
        told(workshop, [one], {one.key: NEEDS_B})
        with pytest.raises(IntegrityError) as raised:
            prove(workshop, one, stored(workshop, path, one), NEEDS_B)
        assert recalled(workshop, [one]) == {}
    text = str(raised.value)
    assert raised.value.code == "INTEGRITY"
    for shown in ("a 1.0", "lab (http://lab.test/)", "Requires-Python: >=3.8", "b[x]>=2", "it needs nothing"):
        assert shown in text


def test_what_nobody_was_asked_about_is_no_lie(bench: Bench) -> None:
    path = bench.wheel("a", requires=["b"])
    needs = Dependencies((Requirement("b"),))
    with bench.workshop(bench.request()) as workshop:
        one = candidate_of(path, Index("http://lab.test/"))
        assert prove(workshop, one, stored(workshop, path, one), None) == needs
        assert recalled(workshop, [one]) == {one.key: needs}


def test_documents_that_are_not_whole_are_none(bench: Bench) -> None:
    with bench.workshop(bench.request()) as workshop:
        one = candidate_of(bench.wheel("a"), Index("http://lab.test/"))
        told(workshop, [one], {one.key: NEEDS_B})
        (document,) = bench.home.glob(f"documents/{TOLD}/*/*")
        document.write_bytes(document.read_bytes()[:-1])
        assert recalled(workshop, [one]) == {}


def installed(environment: Environment) -> set[str]:
    return {path.name.partition("-")[0] for path in Path(environment.site_packages).glob("*.dist-info")}


def test_an_sdist_that_turns_out_otherwise_over_http(bench: Bench, static_index: StaticIndexFactory) -> None:
    bench.sdist("a", build_code=SURPRISE.format("b"))
    bench.wheel("b")
    server = static_index(bench.index)
    policy = Policy(local=[Index(server.simple_url, name="lab")], public=None, byte_code="never")
    for _ in range(2):
        request = Request(bench.driver("a\n"), policy=policy, home=bench.home)
        assert installed(bench.prepare(request)) == {"a", "b"}
        policy = policy.replace(valid_for_minutes=0)
    assert bench.told(Building) == []
    assert len(list(bench.home.glob(f"documents/{PROVED}/*/*"))) == 2


def test_an_sdist_that_turns_out_otherwise_in_a_folder(bench: Bench) -> None:
    bench.sdist("a", build_code=SURPRISE.format("b"))
    bench.wheel("b")
    assert installed(bench.prepare(bench.request("a\n"))) == {"a", "b"}
    assert len(bench.told(Building)) == 1


@pytest.mark.slow
def test_as_many_surprises_as_there_are_sdists(bench: Bench) -> None:
    bench.sdist("a", build_code=SURPRISE.format("b"))
    bench.sdist("b", build_code=SURPRISE.format("c"))
    bench.sdist("c", build_code=SURPRISE.format("d"))
    bench.sdist("d", build_code=SURPRISE.format("e"))
    bench.sdist("e", build_code=SURPRISE.format("f"))
    bench.sdist("f", build_code=SURPRISE.format("g"))
    bench.wheel("g")
    assert installed(bench.prepare(bench.request("a\n"))) == set("abcdefg")


def test_a_sidecar_that_lies_is_found_before_anything_is_installed(
    bench: Bench, universe: UniverseFactory, static_index: StaticIndexFactory
) -> None:
    lying = {"version": "1.0", "requires": ["b"], "sidecar": "lie"}  # it says: a needs a-lie
    content = universe({"public": {"projects": {"a": [lying], "a-lie": ["1.0"], "b": ["1.0"]}}})
    server = static_index(content)
    policy = Policy(public=Index(server.simple_url, name="public"), byte_code="never")
    request = Request(bench.driver("a\n"), policy=policy, home=bench.home)
    for _ in range(2):
        with pytest.raises(IntegrityError):
            bench.prepare(request)
    assert bench.environments() == []


def test_what_the_site_corrects_is_never_remembered(bench: Bench, static_index: StaticIndexFactory) -> None:
    bench.wheel("a", requires=["gone"], requires_python="<3")
    bench.sdist("b", requires=["gone"])
    bench.wheel("c")
    server = static_index(bench.index)
    wrong = [
        Correction("a", requires=["b"], requires_python=">=3"),
        Correction("b", versions="==1.0", requires=["c"]),
    ]
    policy = Policy(local=[Index(server.simple_url, name="lab")], public=None, byte_code="never")
    request = Request(bench.driver("a\n"), policy=policy.replace(corrections=wrong), home=bench.home)
    made = bench.prepare(request)
    assert installed(made) == {"a", "b", "c"}
    documents = [path.read_bytes() for path in bench.home.glob("documents/*/*/*")]
    said = [one for one in documents if b'"requires":["gone"]' in one]
    assert len(said) == 2
    assert not [one for one in documents if b'"requires":["c"]' in one or b'"requires":["b"]' in one]
    told_in = {
        one["name"]: one.get("corrected")
        for one in json.loads(Path(made.receipt).read_bytes())["distributions"]
    }
    assert told_in == {"a": "it requires b, and Python >=3", "b": "it requires c", "c": None}
    with pytest.raises(DriverEnvError):  # what was remembered is what the files say
        bench.prepare(Request(bench.driver("a\n"), policy=policy, home=bench.home))


def test_a_release_whose_setup_cannot_run_is_resolved(bench: Bench) -> None:
    bench.sdist("ruamel.yaml", "0.15.33", fail="cannot run any more", requires=["gone"])
    bench.wheel("ruamel.yaml", "0.15.30")
    bench.wheel("app", requires=["ruamel.yaml"])
    bench.wheel("lib")
    wrong = [Correction("ruamel.yaml", versions="==0.15.33", requires=["lib>=2"])]
    assert installed(bench.prepare(bench.request("app\n", corrections=wrong))) == {"app", "ruamel_yaml"}
    assert bench.told(Building) == []
    right = [Correction("ruamel.yaml", versions="==0.15.33", requires=["lib"])]
    found = lock(bench.request("app\n", corrections=right))
    assert {pin.name: pin.version for pin in found.pins} == {
        "app": "1.0",
        "lib": "1.0",
        "ruamel-yaml": "0.15.33",
    }


def test_a_wheel_that_says_only_inside_that_it_is_for_another_python(bench: Bench) -> None:
    bench.wheel("a", "2.0", requires_python="<3")
    bench.wheel("a", "1.0")
    corrections = [Correction("a", requires=[])]
    made = bench.prepare(bench.request("a\n", corrections=corrections))
    assert installed(made) == {"a"}
    assert json.loads(Path(made.receipt).read_bytes())["distributions"][0]["version"] == "1.0"
