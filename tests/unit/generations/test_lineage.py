from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driverenv.generations import lineage
from driverenv.generations.lineage import Cause, Generation, Lineage, Pin, Request, causes, parse, render

REQUEST = Request("a" * 40, "terms", "variant", "python 3.11", {"/d/requirements.txt": "1"})
TEXTS = st.text(alphabet=st.characters(exclude_categories=()), max_size=20)


def generation(key: str, *, request: Request = REQUEST, number: int = 0) -> Generation:
    return Generation(
        number, key, "2026-11-30T00:15:26Z", "3.11.7", (Cause("first", "x"),), ("a: 1 -> 2",), request
    )


def changed(**changes: object) -> Request:
    values = {name: getattr(REQUEST, name) for name in REQUEST.__slots__}
    return Request(**{**values, **changes})


def numbers(one: Lineage) -> list[tuple[int, str]]:
    return [(row.number, row.key) for row in one.generations]


def test_each_other_environment_is_a_generation() -> None:
    one = Lineage("Switch", "/d")
    for key in ("k1", "k2", "k2", "k1"):
        one = one.settled(generation(key))
    assert numbers(one) == [(1, "k1"), (2, "k2"), (3, "k1")]
    assert one.current == 3
    assert one.find(2) == generation("k2", number=2)
    assert one.find(4) is None


def test_the_same_again_is_no_news_but_for_what_was_asked() -> None:
    one = Lineage("Switch", "/d").settled(generation("k1"))
    assert one.settled(generation("k1")) == one
    again = changed(ask="b" * 40, inputs={"/d/requirements.txt": "2"})
    after = one.settled(generation("k1", request=again))
    assert numbers(after) == [(1, "k1")]
    assert after.generations[0].request == again


def test_variants_do_not_supersede_each_other() -> None:
    other = changed(variant="python 3.9")
    one = Lineage("Switch", "/d").settled(generation("k1")).settled(generation("k2", request=other))
    for _ in range(3):
        one = one.settled(generation("k1")).settled(generation("k2", request=other))
    assert numbers(one) == [(1, "k1"), (2, "k2")]
    assert one.current == 2
    assert one.latest("variant") == generation("k1", number=1)
    assert one.latest("unknown") is None


def test_the_one_before() -> None:
    one = Lineage("Switch", "/d")
    for key, variant in (("k1", "a"), ("k2", "a"), ("k9", "b"), ("k3", "a"), ("k2", "a"), ("k3", "a")):
        one = one.settled(generation(key, request=changed(variant=variant)))
    assert [one.before(number) and one.before(number).key for number in range(8)] == [  # type: ignore[union-attr]
        None,
        None,
        "k1",
        None,
        "k2",
        "k3",
        "k2",
        None,
    ]
    old, new = one.find(2), one.find(6)
    assert old is not None
    assert new is not None
    assert [row.number for row in one.since(old, new)] == [4, 5, 6]
    assert one.since(new, old) == ()


def test_who_went_back() -> None:
    one = Lineage("Switch", "/d").settled(generation("k1"))
    assert one.pinned == 0
    back = replace(one, pin=Pin(1, {"requirements.txt": "1"}, "terms"))
    assert back.pinned == 1
    assert parse(render(back)) == back


def test_not_for_ever() -> None:
    one = Lineage("Switch", "/d")
    for number in range(lineage.MOST + 5):
        one = one.settled(generation(f"k{number}"))
    assert len(one.generations) == lineage.MOST
    assert one.generations[0].number == 6
    assert one.current == lineage.MOST + 5


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (REQUEST, ["index"]),
        (changed(ask="b"), ["index"]),
        (changed(inputs={"/d/requirements.txt": "2"}), ["requirements"]),
        (changed(inputs={}), ["requirements"]),
        (changed(terms="others"), ["policy"]),
        (changed(interpreter="python 3.12"), ["interpreter"]),
        (
            changed(interpreter="python 3.12", terms="o", inputs={"/e": "1"}),
            ["interpreter", "requirements", "policy"],
        ),
    ],
)
def test_causes(now: Request, words: list[str]) -> None:
    assert [cause.word for cause in causes(generation("k"), now)] == words


def test_the_first_has_no_other_cause() -> None:
    assert [cause.word for cause in causes(None, REQUEST)] == ["first"]


def test_which_files_changed() -> None:
    now = changed(inputs={f"/d/{number}.txt": "1" for number in range(5)})
    (cause,) = causes(generation("k"), now)
    assert cause.text == "/d/0.txt, /d/1.txt, /d/2.txt and 3 more changed"


@given(TEXTS, TEXTS, TEXTS)
def test_there_and_back(name: str, driver: str, path: str) -> None:
    one = Lineage(name, driver).settled(generation("k1", request=changed(inputs={path: "1"})))
    assert parse(render(one)) == one


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"nonsense",
        b'{"format": "driverenv-driver 0"}',
        render(Lineage("Switch", "/d"))[:-9],
        render(Lineage("Switch", "/d")).replace(b'"name"', b'"nom"'),
        render(Lineage("Switch", "/d").settled(generation("k"))).replace(b'"causes"', b'"cases"'),
        b"[" * 100_000,
    ],
)
def test_what_is_no_lineage(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        parse(data)
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize(
    ("place", "odd"),
    [
        (("name",), 5),
        (("driver",), ["a"]),
        (("current",), "1"),
        (("current",), True),
        (("generations", 0, "key"), {}),
        (("generations", 0, "number"), None),
        (("generations", 0, "made"), 10**400),
        (("generations", 0, "request", "terms"), []),
        (("generations", 0, "request", "inputs"), {"requirements.txt": 5}),
        (("generations", 0, "request", "inputs"), ["requirements.txt"]),
        (("pin",), {"number": 1, "inputs": [], "terms": ""}),
    ],
)
def test_a_field_of_another_kind(place: tuple[str | int, ...], odd: object) -> None:
    request = Request("ask", "terms", "variant", "python", {"requirements.txt": "1"})
    one = Generation(0, "k", "2026-01-01T00:00:00Z", "3.12", (), (), request)
    data = json.loads(lineage.render(Lineage("Rack", "/srv/R\udcffck").settled(one)))
    assert lineage.parse(json.dumps(data).encode()).driver == "/srv/R\udcffck"
    *way, last = place
    inner = data
    for step in way:
        inner = inner[step]
    inner[last] = odd
    with pytest.raises(ValueError, match=r".+"):
        lineage.parse(json.dumps(data).encode())
