"""One hopeless demand told; the whole texts are in test_explain."""

from __future__ import annotations

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv.model.answers import Absent, NotAsked, NowhereFound
from driverenv.model.requirement import Requirements, Source
from driverenv.model.resolution import Available, Demand, Facts, Rules
from driverenv.model.site import Index, Policy
from driverenv.resolve.blame import Leaf
from driverenv.resolve.memory import Memory
from driverenv.resolve.problems import problem
from driverenv.resolve.served import served_by
from driverenv.resolve.want import Want
from tests.unit.resolve.worlds import LOCAL, PUBLIC, F, World


def listing(world: World) -> Available:
    found = world.listing(canonicalize_name("a"), Requirements())
    assert isinstance(found, Available)
    return found


def test_every_index_after_the_one_that_serves_was_not_asked() -> None:
    second = Index("http://second.test/simple/", name="second")
    policy = Policy(local=(LOCAL, second), public=PUBLIC)
    told = served_by(listing(World(local={"a": ["1"]})).listing, policy)
    assert [label for label, _ in told] == ["local index", "not asked", "not asked"]
    assert "second" in told[1][1]
    assert "public" in told[2][1]


def test_public_is_the_last() -> None:
    policy = Policy(local=(LOCAL,), public=PUBLIC)
    assert len(served_by(listing(World(public={"a": ["1"]})).listing, policy)) == 1
    assert len(served_by(listing(World(local={"a": ["1"]})).listing, None)) == 1


def test_short_names_are_not_called_similar() -> None:
    error = World(local={"one": ["1"]}).play("gone\none\n").error
    assert error.data["similar"] == []


def test_where_only_the_metadata_is_broken_the_site_can_say_what_is_right() -> None:
    world = World(local={"a": [F("2", unusable="its metadata is torn"), F("1", python="<3")]})
    remedies = world.play("a").error.remedies
    assert remedies[-1] == (
        "or, if only its metadata is wrong, say under corrections in the settings what a 2 requires"
    )
    assert "corrections" not in str(world.play("a<2").error)
    assert (
        remedies[0] == "put a version that fits a into the local index local (http://local.test:8036/simple/)"
    )


def remedy(absents: tuple[Absent, ...], not_asked: tuple[NotAsked, ...], forbidden: str = "") -> str:
    """The first remedy where nobody has the project."""
    name = canonicalize_name("gone")
    listing = NowhereFound(name, absents, not_asked, forbidden=forbidden)
    demand = Demand(Requirement("gone"), None, Source("requirements.txt", 1, "gone"))
    memory = Memory()
    memory.learn(Facts({name: listing}, {}), World().target, Rules())
    return problem(Leaf(Want(demand), (demand,)), memory, None).remedies[0]


def test_a_file_is_to_be_put_where_it_would_be_seen() -> None:
    name = canonicalize_name("gone")
    passed = NotAsked(LOCAL, "sources pattern gone: only public")
    absent = (Absent(name, PUBLIC, "404", public=True),)
    assert remedy(absent, ()) == "put gone into a local index"
    assert remedy(absent, (passed,)) == (
        f"put gone into a local index that may serve it ({LOCAL.name} may not: sources pattern gone: only public)"
    )
    assert remedy((Absent(name, LOCAL, "404"),), (passed,)) == "put gone into a local index"
    denied = NotAsked(PUBLIC, "private pattern gone")
    assert remedy((), (denied,), forbidden="private pattern gone") == "put gone into a local index"
    assert remedy((), (NotAsked(PUBLIC, "offline mode"),)) == "put gone into a local index"
