"""A reason for each file that does not do."""

from __future__ import annotations

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from driverenv.errors import DriverEnvError
from driverenv.model.requirement import Requirements
from driverenv.model.resolution import Demand, Rules
from driverenv.resolve.memory import Memory
from driverenv.resolve.reasons import verdicts, why_not
from driverenv.resolve.want import Want
from tests.unit.resolve.worlds import F, World, target

WORLD = World(local={"a": [*(str(number) for number in range(9, 2, -1)), F("2", tag="cp39-cp39-any"), "1"]})


def judged(text: str) -> list[str]:
    memory = Memory()
    memory.learn(WORLD.all_facts(Requirements()), target(), Rules())
    shelf = memory.shelf(canonicalize_name("a"))
    assert shelf is not None
    want = Want(Demand(Requirement(text), None, None))
    assert why_not(memory, shelf, shelf.available.candidates[-1], (want,)) == "version 1 is not in ==2"
    return [str(verdict.version) for verdict in verdicts(memory, shelf, (want,))]


def test_the_version_asked_for_comes_first_then_the_nearest() -> None:
    assert judged("a==2")[:4] == ["2", "3", "1", "4"]


class TestHashes:
    good, bad = "a" * 64, "b" * 64

    def error(self, text: str) -> DriverEnvError:
        world = World(
            local={
                "a": [F("1", ("dep",), hashes=(("sha256", self.bad),))],
                "dep": [F("1", hashes=(("sha256", self.bad),))],
                "old": [F("1", hashes=(("md5", "c" * 32),))],
            }
        )
        return world.play(text).error

    def test_both_digests_are_shown_where_they_differ(self) -> None:
        error = self.error(f"a --hash=sha256:{self.good}")
        told = (
            f"a-1-py3-none-any.whl: its sha256 is {self.bad}, and the requirements file asks for {self.good}"
        )
        assert told in str(error)
        assert not any("add" in remedy for remedy in error.remedies)

    def test_a_few_are_shown_where_there_are_many(self) -> None:
        many = " ".join(f"--hash=sha256:{number:064}" for number in range(9))
        assert f"{2:064} or another one" in str(self.error(f"a {many}"))

    def test_a_line_without_a_hash_is_named(self) -> None:
        error = self.error(f"dep --hash=sha256:{self.bad}\na")
        assert f"the requirements file has no --hash for a; its sha256 is {self.bad}" in str(error)
        assert error.remedies == (
            "add to line 2 of requirements.txt the --hash of each file that may be used, as you know it from its author",
        )

    def test_a_line_is_to_be_added_only_where_none_is(self) -> None:
        error = self.error(f"a --hash=sha256:{self.bad}")
        assert error.data["project"] == "dep"
        assert error.remedies == ("add a line for dep with the --hash of each file that may be used",)

    def test_a_file_without_a_known_digest(self) -> None:
        error = self.error(f"dep --hash=sha256:{self.bad}\nold")
        assert "the requirements file has no --hash for old" in str(error)
