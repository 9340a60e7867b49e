from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv.facts.codec import Malformed, Tables, decode, encode, is_noun
from driverenv.model.answers import Absent, Found, NotAsked, NowhereFound, ProjectFile
from driverenv.model.requirement import Requirements, Root, Source, Target
from driverenv.model.resolution import Dependencies
from driverenv.model.site import Exemption, Index, Policy

LAB = Index("http://reader:s3cret@lab.test:8036/simple/", name="lab", proxy="http://me:s3cret@proxy:1")
BARE = Index("http://lab.test:8036/simple/", name="lab")
A = canonicalize_name("a")
FILE = ProjectFile(
    "a-1.0-py3-none-any.whl",
    "http://lab.test:8036/packages/a-1.0-py3-none-any.whl",
    (("sha256", "ab" * 32),),
    requires_python=">=3.8",
    yanked="",
    size=12,
    upload_time="2020-01-01T00:00:00Z",
)


def there_and_back(value: object) -> object:
    tables = Tables()
    data = encode(value, tables)
    return decode(type(value), data, Tables(tables.indexes, tables.names), "it")


@pytest.mark.parametrize(
    "noun",
    [
        FILE,
        FILE._replace(url="http://lab.test/other%20place"),
        FILE._replace(
            filename="only-a-name.whl", url="", hashes=(), requires_python=None, yanked=None, size=None
        ),
        Source("requirements.txt", 3, "a>=1"),
        Root(Requirement('a[x]>=1,<2; python_version >= "3.8"'), Source("r", 1, "a"), (("sha256", "00"),)),
        Dependencies((Requirement("b~=1.0"),), ">=3.8", frozenset({canonicalize_name("gui")})),
        NotAsked(BARE, "offline mode"),
        Found(
            A,
            BARE,
            (FILE,),
            "http://lab.test:8036/simple/a/",
            notes=("odd",),
            before=(Absent(A, BARE, "404"),),
        ),
        NowhereFound(A, (Absent(A, BARE, "404", public=True),), (NotAsked(BARE, "no"),), offline=True),
        Target("3.9.18", {"python_version": "3.9"}, ("cp39-cp39-any", "py3-none-any")),
        Exemption("acme-*", allow="public", until="2099-12-01", reason="moved", owner="ann"),
        Policy(
            local=[BARE],
            extra=[Index("/srv/more")],
            private=["acme-*"],
            sources={"acme-*": ["lab"]},
            exceptions=[Exemption("b", allow="build", until="2099-12-01", reason="r", owner="o")],
            valid_for_minutes=3,
        ),
        Requirements(
            roots=(Root(Requirement("a"), Source("r", 1, "a")),),
            only_binary=frozenset({":all:"}),
            prereleases=True,
            notes=("a note",),
        ),
    ],
    ids=lambda noun: type(noun).__name__,
)
def test_there_and_back(noun: object) -> None:
    assert there_and_back(noun) == noun


def test_every_field_is_kept_or_left_out_on_purpose() -> None:
    """A field that somebody adds to one of these nouns travels without a change here."""
    loud = Requirements(inputs=("/srv/requirements.txt",))
    assert there_and_back(loud) == Requirements()
    assert there_and_back(FILE._replace(core_metadata=())) == FILE
    full = {field.name for field in dataclasses.fields(Found)}
    found = Found(
        A,
        BARE,
        (),
        "page",
        public=True,
        notes=("n",),
        before=(Absent(A, BARE, "404"),),
        rule="by rule",
        direct="url",
    )
    assert set(encode(found, Tables())) == full


def test_no_secret_of_an_index_or_a_policy() -> None:
    tables = Tables()
    policy = Policy(local=[LAB], proxies={"https_proxy": "http://me:s3cret@proxy:1"})
    data = encode(policy, tables)
    assert tables.indexes[data["local"][0]] == BARE
    assert "s3cret" not in repr((data, [vars_of(index) for index in tables.indexes]))
    assert (
        encode(Requirement("b @ https://me:s3cret@host.test/b.whl"), tables)
        == "b @ https://***@host.test/b.whl"
    )


def vars_of(index: Index) -> dict[str, object]:
    return {name: getattr(index, name) for name in Index.__slots__}


def test_what_many_share_is_written_once() -> None:
    tables, among = Tables(), {"b", "c"}
    rows = [encode(Absent(A, BARE, "404", among=names), tables) for names in (among, among, ["c", "b"])]
    assert [row["among"] for row in rows] == [0, 0, 0]
    assert tables.names == [("b", "c")]
    assert len(tables.indexes) == 1
    back = decode(Absent, rows[0], tables, "it")
    assert back.among == ("b", "c")


def test_a_file_of_which_only_the_name_matters_is_its_name() -> None:
    bare = ProjectFile("a-1.0.egg", "")
    assert encode(bare, Tables()) == "a-1.0.egg"
    assert encode(FILE, Tables())["url"] == "http://lab.test:8036/packages/"


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        (str, 3, "it: expected text"),
        (int, True, "it: expected a number"),
        (float, "x", "it: expected a number"),
        (bool, 1, "it: expected true or false"),
        (tuple[str, ...], "ab", "it: expected a list"),
        (tuple[str, ...], ["a", 1], "it[1]: expected text"),
        (tuple[str, str], ["a"], "it: expected 2 items"),
        (Mapping[str, str], [], "it: expected a table"),
        (Mapping[str, str], {"k": 1}, "it.k: expected text"),
        (Requirement, "a>=>1", "it: expected a requirement (PEP 508)"),
        (Index, 0, "it: expected the number of an index"),
        (Index, "lab", "it: expected the number of an index"),
        (Source, {"file": "r", "line": 1}, "it.text is missing"),
        (Source, {"file": "r", "line": 1, "text": "", "x": 1}, "it: there is no 'x'"),
        (ProjectFile, 3, "it: expected a table"),
        (ProjectFile, {}, "it.filename is missing"),
        (ProjectFile, {"filename": "a", "size": "1"}, "it.size: expected a number"),
        (
            NowhereFound,
            {"project": "a", "absents": [{"project": "a", "index": 9, "proof": "x"}]},
            "it.absents[0].index: expected the number of an index",
        ),
        (
            Exemption,
            {"project": "a", "allow": "all", "until": "2026-01-01", "reason": "r", "owner": "o"},
            "it: allow must be one of public, build, build-network, not 'all'",
        ),
    ],
)
def test_what_is_malformed_is_named(kind: object, data: object, text: str) -> None:
    with pytest.raises(Malformed) as raised:
        decode(kind, data, Tables(), "it")
    assert str(raised.value) == text


def test_what_has_no_place_in_facts_is_a_bug() -> None:
    with pytest.raises(TypeError, match="facts have no object"):
        encode(object(), Tables())


def test_what_a_noun_is() -> None:
    assert all(map(is_noun, (Policy, Found, ProjectFile)))
    assert not any(map(is_noun, (str, tuple, Requirement, 3)))


def test_a_password_in_a_text_of_the_policy_is_not_written() -> None:
    policy = Policy(local=[LAB], baseline=["b @ https://me:s3cret@host.test/b.whl"])
    assert "s3cret" not in repr(encode(policy, Tables()))
