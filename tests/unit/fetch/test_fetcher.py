"""Files into the store, over a fake transport and from folders; no test waits for a clock."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from driverenv._http import PAGE_LIMIT, ByteRange, Response, Stream, TransportFailure
from driverenv.errors import ArchiveRejected, DriverEnvError, HashMismatch, IndexUnavailable, IntegrityError
from driverenv.events import Downloaded, Downloading, Event, Warned, ignore
from driverenv.fetch import Terms, fetch
from driverenv.model.answers import BUNDLED, ProjectFile
from driverenv.model.resolution import Candidate
from driverenv.model.site import Index
from driverenv.store import Store
from tests.kit import Archive, Sdist, Wheel

LOCAL = Index("http://127.0.0.1:9/simple/", name="lab")
PUBLIC = Index("https://public.invalid/simple/", name="public")
Script = Callable[[int], tuple[int, Mapping[str, str], Iterator[bytes]]]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def whole(data: bytes, *, step: int = 1000) -> Script:
    """A good server: ranges, and a length."""

    def answer(offset: int) -> tuple[int, Mapping[str, str], Iterator[bytes]]:
        headers = {"content-length": str(len(data) - offset)}
        if offset:
            headers["content-range"] = f"bytes {offset}-{len(data) - 1}/{len(data)}"
        chunks = (data[at : at + step] for at in range(offset, len(data), step))
        return 206 if offset else 200, headers, chunks

    return answer


def no_ranges(data: bytes) -> Script:
    return lambda _: whole(data)(0)


def cut(data: bytes, after: int) -> Script:
    def answer(offset: int) -> tuple[int, Mapping[str, str], Iterator[bytes]]:
        status, headers, _ = whole(data)(offset)

        def chunks() -> Iterator[bytes]:
            yield data[offset:after]
            raise TransportFailure("truncated", "it broke off")

        return status, headers, chunks()

    return answer


def status(code: int) -> Script:
    return lambda _: (code, {}, iter([b"sorry"]))


def failing(kind: str, *, again: bool = False) -> Script:
    def answer(_: int) -> tuple[int, Mapping[str, str], Iterator[bytes]]:
        raise TransportFailure(kind, "so it is", again=again)

    return answer


@dataclass
class FakeTransport:
    """Answers each URL by its scripts, the last of them for ever."""

    scripts: dict[str, list[Script]] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(
        self,
        index: Index,
        url: str,
        *,
        public: bool,
        accept: str = "",
        byte_range: ByteRange = None,
        limit: int = PAGE_LIMIT,
    ) -> Response:
        raise NotImplementedError

    @contextmanager
    def stream(self, index: Index, url: str, *, public: bool, offset: int = 0) -> Iterator[Stream]:
        with self.lock:
            self.asked.append((url, offset))
            scripts = self.scripts[url]
            script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        code, headers, chunks = script(offset)
        yield Stream(code, headers, chunks, url)


def wheel(name: str = "widget", version: str = "1.0", size: int = 10) -> Archive:
    noise = "".join(hashlib.sha256(str(number).encode()).hexdigest() for number in range(size))
    return Wheel(name=name, version=version, files={f"{name}/noise.txt": noise}).archive()


def candidate(
    made: Archive,
    *,
    index: Index = LOCAL,
    name: str = "widget",
    version: str = "1.0",
    hashes: Sequence[tuple[str, str]] | None = None,
    size: int | None = None,
    url: str = "",
) -> Candidate:
    promised = (("sha256", sha256(made.data)),) if hashes is None else tuple(hashes)
    file = ProjectFile(made.filename, url or f"{index.location}files/{made.filename}", promised, size=size)
    is_wheel = made.filename.endswith(".whl")
    return Candidate(canonicalize_name(name), Version(version), file, index, index is PUBLIC, is_wheel, 0)


@dataclass
class Bench:
    store: Store
    transport: FakeTransport = field(default_factory=FakeTransport)
    events: list[Event] = field(default_factory=list)

    def serve(self, one: Candidate, *scripts: Script) -> Candidate:
        self.transport.scripts[one.file.url] = list(scripts)
        return one

    def fetch(
        self,
        *candidates: Candidate,
        hashes: Mapping[str, frozenset[tuple[str, str]]] | None = None,
        sleep: Callable[[float], None] = lambda _: None,
        terms: Terms | None = None,
    ) -> Mapping[str, str]:
        named = None if hashes is None else {canonicalize_name(name): value for name, value in hashes.items()}
        return fetch(
            candidates,
            into=self.store,
            transport=self.transport,
            on_event=self.events.append,
            hashes=named,
            terms={one.key: terms for one in candidates} if terms else None,
            sleep=sleep,
        )

    @property
    def offsets(self) -> list[int]:
        return [offset for _, offset in self.transport.asked]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(Store(tmp_path / "home"))


def test_a_wheel_comes_is_kept_and_unpacked(bench: Bench) -> None:
    made = wheel()
    one = bench.serve(candidate(made), whole(made.data))
    assert bench.fetch(one) == {one.key: sha256(made.data)}
    archive = bench.store.archive(sha256(made.data))
    assert archive is not None
    assert archive.read_bytes() == made.data
    assert bench.store.wheel(sha256(made.data)) is not None
    assert bench.events[-1] == Downloaded(made.filename, len(made.data), sha256(made.data))
    assert bench.fetch(one) == {one.key: sha256(made.data)}
    assert bench.offsets == [0]


def test_an_sdist_comes_and_is_kept(bench: Bench) -> None:
    made = Sdist(name="widget", version="1.0").archive()
    one = bench.serve(candidate(made), whole(made.data))
    bench.fetch(one)
    assert bench.store.archive(sha256(made.data)) is not None
    assert bench.store.wheel(sha256(made.data)) is None


def test_nothing_to_fetch(bench: Bench) -> None:
    assert bench.fetch() == {}


def test_many_at_once_in_order(bench: Bench) -> None:
    made = [wheel(f"w{number}") for number in range(12)]
    ones = [
        bench.serve(candidate(one, name=f"w{number}", index=(LOCAL, PUBLIC)[number % 2]), whole(one.data))
        for number, one in enumerate(made)
    ]
    assert list(bench.fetch(*ones).values()) == [sha256(one.data) for one in made]
    assert len(bench.transport.asked) == 12


def test_progress_is_told_in_steps(bench: Bench) -> None:
    made = wheel(size=60_000)
    one = bench.serve(candidate(made), whole(made.data, step=10_000))
    bench.fetch(one)
    steps = [event for event in bench.events if isinstance(event, Downloading)]
    assert 1 <= len(steps) <= len(made.data) // (1 << 19)
    assert all(step.total == len(made.data) for step in steps)
    assert [step.received for step in steps] == sorted(step.received for step in steps)


# ------------------------------------------------------------------------------------- cuts and resumes


def test_resumed_where_it_was_cut(bench: Bench) -> None:
    made = wheel()
    one = bench.serve(candidate(made), cut(made.data, 300), cut(made.data, 500), whole(made.data))
    bench.fetch(one)
    assert bench.offsets == [0, 300, 500]


def test_a_server_without_ranges_starts_again(bench: Bench) -> None:
    made = wheel()
    one = bench.serve(candidate(made), cut(made.data, 300), no_ranges(made.data))
    assert bench.fetch(one) == {one.key: sha256(made.data)}


def test_a_refused_range_starts_again(bench: Bench) -> None:
    made = wheel()
    one = bench.serve(candidate(made), cut(made.data, 300), status(416), whole(made.data))
    bench.fetch(one)
    assert bench.offsets == [0, 300, 0]


def test_a_silent_cut_is_seen_by_the_length(bench: Bench) -> None:
    made = wheel()

    def silent(_: int) -> tuple[int, Mapping[str, str], Iterator[bytes]]:
        return 200, {"content-length": str(len(made.data))}, iter([made.data[:100]])

    one = bench.serve(candidate(made), silent, whole(made.data))
    bench.fetch(one)
    assert bench.offsets == [0, 100]


def test_another_part_than_asked_is_an_error(bench: Bench) -> None:
    made = wheel()

    def other(_: int) -> tuple[int, Mapping[str, str], Iterator[bytes]]:
        return 206, {"content-range": f"bytes 0-{len(made.data) - 1}/{len(made.data)}"}, iter([made.data])

    one = bench.serve(candidate(made), cut(made.data, 300), other)
    with pytest.raises(IndexUnavailable) as caught:
        bench.fetch(one)
    assert caught.value.code == "LOCAL_ERROR"


def test_cut_too_often(bench: Bench) -> None:
    made = wheel()
    one = bench.serve(candidate(made), cut(made.data, 100))
    with pytest.raises(IndexUnavailable) as caught:
        bench.fetch(one)
    assert caught.value.code == "LOCAL_TRUNCATED"
    assert len(bench.offsets) == 3
    assert bench.store.archive(sha256(made.data)) is None


@pytest.mark.parametrize(
    ("script", "suffix"),
    [
        (status(404), "ERROR"),
        (status(500), "ERROR"),
        (status(401), "AUTH"),
        (status(403), "AUTH"),
        (status(302), "REDIRECT"),
        (status(206), "ERROR"),
        (failing("down"), "DOWN"),
        (failing("dns"), "DNS"),
        (failing("timeout"), "TIMEOUT"),
        (failing("tls"), "TLS"),
        (failing("forbidden"), "REDIRECT"),
        (failing("protocol"), "ERROR"),
    ],
)
@pytest.mark.parametrize("index", [LOCAL, PUBLIC])
def test_no_file_no_other_one(bench: Bench, script: Script, suffix: str, index: Index) -> None:
    made = wheel()
    one = bench.serve(candidate(made, index=index), script)
    with pytest.raises(IndexUnavailable) as caught:
        bench.fetch(one)
    public = "PUBLIC_REDIRECT" if suffix == "REDIRECT" else "PUBLIC_UNAVAILABLE"
    assert caught.value.code == (f"LOCAL_{suffix}" if index is LOCAL else public)
    assert len(bench.transport.asked) == 1


@pytest.mark.parametrize("script", [status(407), status(511), failing("proxy-auth")])
def test_the_proxy_asks(bench: Bench, script: Script) -> None:
    made = wheel()
    with pytest.raises(IndexUnavailable) as caught:
        bench.fetch(bench.serve(candidate(made, index=PUBLIC), script))
    assert caught.value.code == "PROXY_AUTH"


def test_the_first_failure_in_order_is_told(bench: Bench) -> None:
    made = [wheel(f"w{number}") for number in range(3)]
    ones = [candidate(one, name=f"w{number}") for number, one in enumerate(made)]
    second_failed = threading.Event()

    def slow(_: int) -> tuple[int, Mapping[str, str], Iterator[bytes]]:
        second_failed.wait()
        return status(404)(0)

    def fast(_: int) -> tuple[int, Mapping[str, str], Iterator[bytes]]:
        second_failed.set()
        return status(500)(0)

    bench.serve(ones[0], slow)
    bench.serve(ones[1], fast)
    bench.serve(ones[2], whole(made[2].data))
    with pytest.raises(IndexUnavailable) as caught:
        bench.fetch(*ones)
    assert caught.value.data["file"] == made[0].filename


def test_a_listener_that_raises_ends_it(tmp_path: Path) -> None:
    made = wheel()
    bench = Bench(Store(tmp_path / "home"))
    one = bench.serve(candidate(made), whole(made.data))

    def listener(event: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch([one], into=bench.store, transport=bench.transport, on_event=listener)


# ----------------------------------------------------------------------------------------------- digests


def test_a_wrong_file_gets_one_more_chance(bench: Bench) -> None:
    made, other = wheel(), wheel(size=11)
    one = bench.serve(candidate(made), whole(other.data), whole(made.data))
    assert bench.fetch(one) == {one.key: sha256(made.data)}
    assert bench.offsets == [0, 0]


@pytest.mark.parametrize("algorithm", ["sha256", "md5", "sha512"])
def test_a_wrong_file_twice(bench: Bench, algorithm: str) -> None:
    made, other = wheel(), wheel(size=11)
    promised = hashlib.new(algorithm, made.data).hexdigest()
    got = hashlib.new(algorithm, other.data).hexdigest()
    one = bench.serve(candidate(made, hashes=[(algorithm, promised)]), whole(other.data))
    with pytest.raises(HashMismatch) as caught:
        bench.fetch(one)
    assert caught.value.code == "INTEGRITY"
    for text in (promised, got, "lab", one.file.url):
        assert text in str(caught.value)
    assert len(bench.offsets) == 2
    assert bench.store.archive(sha256(other.data)) is None


def test_unknown_algorithms_are_passed_over(bench: Bench) -> None:
    made = wheel()
    one = bench.serve(candidate(made, hashes=[("whirlpool", "abc")]), whole(made.data))
    assert bench.fetch(one) == {one.key: sha256(made.data)}


@pytest.mark.parametrize("size", [10, 10_000])
def test_a_wrong_size(bench: Bench, size: int) -> None:
    made = wheel()
    one = bench.serve(candidate(made, hashes=[], size=size), whole(made.data))
    with pytest.raises(HashMismatch):
        bench.fetch(one)


def test_public_must_have_a_sha256(bench: Bench) -> None:
    made = wheel()
    one = candidate(
        made, index=PUBLIC, hashes=[("md5", hashlib.md5(made.data, usedforsecurity=False).hexdigest())]
    )
    with pytest.raises(IntegrityError):
        bench.fetch(one)
    assert bench.transport.asked == []


def test_local_md5_is_remembered(bench: Bench) -> None:
    made = wheel()
    md5 = hashlib.md5(made.data, usedforsecurity=False).hexdigest()
    one = bench.serve(candidate(made, hashes=[("md5", md5)]), whole(made.data))
    for _ in range(2):
        assert bench.fetch(one) == {one.key: sha256(made.data)}
    assert bench.offsets == [0]


def test_without_any_digest_it_is_asked_for_each_time(bench: Bench) -> None:
    made, other = wheel(), wheel(size=11)
    one = bench.serve(candidate(made, hashes=[]), whole(made.data), whole(other.data))
    assert list(bench.fetch(one).values()) == [sha256(made.data)]
    assert list(bench.fetch(one).values()) == [sha256(other.data)]


def test_without_any_digest_those_who_waited_share_it(bench: Bench) -> None:
    made = wheel()
    reached, release = threading.Event(), threading.Event()

    def held(offset: int) -> tuple[int, Mapping[str, str], Iterator[bytes]]:
        reached.set()
        release.wait()
        return whole(made.data)(offset)

    one = bench.serve(candidate(made, hashes=[]), held)
    others = Store(bench.store.home)
    found: list[str] = []
    waiting = threading.Barrier(4)

    def work(store: Store) -> None:
        if store is others:
            reached.wait()
            waiting.wait()
        found.extend(fetch([one], into=store, transport=bench.transport, on_event=ignore).values())

    threads = [
        threading.Thread(target=work, args=(store,)) for store in (bench.store, others, others, others)
    ]
    for thread in threads:
        thread.start()
    waiting.wait()
    release.set()
    for thread in threads:
        thread.join()
    assert set(found) == {sha256(made.data)}
    assert len(found) == 4


def test_one_download_for_many_threads(bench: Bench) -> None:
    made = wheel()
    one = bench.serve(candidate(made), whole(made.data))
    threads = [threading.Thread(target=bench.fetch, args=(one,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bench.offsets == [0]


# -------------------------------------------------------------------------------- the requirements file


def test_an_allowed_hash(bench: Bench) -> None:
    made = wheel()
    one = bench.serve(candidate(made, hashes=[]), whole(made.data))
    sha512 = hashlib.sha512(made.data).hexdigest()
    bench.fetch(one, hashes={"widget": frozenset({("sha256", "0" * 64), ("sha512", sha512)})})


def test_an_allowed_hash_is_checked_for_what_is_there_already(bench: Bench) -> None:
    made = wheel()
    one = bench.serve(candidate(made), whole(made.data))
    bench.fetch(one)
    sha512 = hashlib.sha512(made.data).hexdigest()
    bench.fetch(one, hashes={"widget": frozenset({("sha512", sha512)})})
    with pytest.raises(HashMismatch):
        bench.fetch(one, hashes={"widget": frozenset({("sha512", "0" * 128)})})


def test_a_hash_that_is_not_allowed_is_told_before_asking(bench: Bench) -> None:
    with pytest.raises(HashMismatch, match="requirements file"):
        bench.fetch(candidate(wheel()), hashes={"widget": frozenset({("sha256", "0" * 64)})})
    assert bench.transport.asked == []


def test_a_hash_that_is_not_allowed_is_told_after_asking(bench: Bench) -> None:
    made = wheel()
    one = bench.serve(candidate(made, hashes=[]), whole(made.data))
    with pytest.raises(HashMismatch, match="requirements file"):
        bench.fetch(one, hashes={"widget": frozenset({("sha256", "0" * 64)})})
    assert bench.store.archive(sha256(made.data)) is None


def test_hash_checking_wants_all(bench: Bench) -> None:
    with pytest.raises(IntegrityError, match="none for widget"):
        bench.fetch(candidate(wheel()), hashes={"gadget": frozenset({("sha256", "0" * 64)})})


# ---------------------------------------------------------------------------------------------- archives


def test_another_project_inside(bench: Bench) -> None:
    made = Wheel(name="gadget", version="1.0", filename="widget-1.0-py3-none-any.whl").archive()
    one = bench.serve(candidate(made), whole(made.data))
    with pytest.raises(ArchiveRejected) as caught:
        bench.fetch(one)
    assert bench.store.archive(sha256(made.data)) is None
    assert caught.value.facts[:2] == (("index", str(one.index)), ("address", one.file.url))
    assert caught.value.data["url"] == one.file.url


def test_record_differs(bench: Bench) -> None:
    made = Wheel(name="widget", version="1.0", record=lambda rows: rows[1:]).archive()
    bench.fetch(bench.serve(candidate(made), whole(made.data)))
    assert [event.code for event in bench.events if isinstance(event, Warned)] == ["RECORD_MISMATCH"]
    with pytest.raises(ArchiveRejected):
        bench.fetch(bench.serve(candidate(made, index=PUBLIC), whole(made.data)))


def test_record_differs_where_the_site_is_strict(bench: Bench) -> None:
    made = Wheel(name="widget", version="1.0", record=lambda rows: rows[1:]).archive()
    one = bench.serve(candidate(made), whole(made.data))
    with pytest.raises(ArchiveRejected) as caught:
        bench.fetch(one, terms=Terms(strict=True))
    assert caught.value.data["rule"] == "record"
    assert bench.store.archive(sha256(made.data)) is None


def test_an_sdist_is_checked_before_it_is_kept(bench: Bench) -> None:
    made = Sdist(name="gadget", version="1.0", filename="widget-1.0.tar.gz").archive()
    with pytest.raises(ArchiveRejected) as caught:
        bench.fetch(bench.serve(candidate(made), whole(made.data)))
    assert caught.value.data["rule"] == "metadata"
    assert caught.value.data["url"] == candidate(made).file.url
    assert bench.store.archive(sha256(made.data)) is None


# ----------------------------------------------------------------------------------------------- folders


def test_a_bundled_wheel_is_checked_before_it_is_kept(bench: Bench, tmp_path: Path) -> None:
    made, other = wheel(), wheel(size=20)
    there = Terms(path=str(made.write(tmp_path)))
    one = replace(candidate(made), direct=BUNDLED)
    with pytest.raises(IndexUnavailable, match="when the requirements were read"):
        bench.fetch(one)
    assert bench.fetch(one, terms=there) == {one.key: sha256(made.data)}
    assert bench.fetch(one) == {one.key: sha256(made.data)}  # from the store
    with pytest.raises(IndexUnavailable, match="was another one"):
        bench.fetch(replace(candidate(other), direct=BUNDLED), terms=there)
    Path(there.path).write_bytes(b"no wheel")
    broken = replace(candidate(made, hashes=[("sha256", sha256(b"no wheel"))]), direct=BUNDLED)
    with pytest.raises(ArchiveRejected):
        bench.fetch(broken, terms=there)
    assert bench.store.archive(sha256(b"no wheel")) is None


def in_folder(folder: Path, made: Archive) -> Candidate:
    path = made.write(folder)
    return candidate(made, index=Index(str(folder), name="folder"), hashes=[], url=str(path))


def test_from_a_folder(bench: Bench, tmp_path: Path) -> None:
    made = wheel()
    one = in_folder(tmp_path / "dists", made)
    assert bench.fetch(one) == {one.key: sha256(made.data)}
    archive = bench.store.archive(sha256(made.data))
    assert archive is not None
    assert not archive.samefile(one.file.url)
    before = len(bench.events)
    assert bench.fetch(one) == {one.key: sha256(made.data)}
    assert len(bench.events) == before


def test_a_folder_file_is_hashed_again_when_it_changes(bench: Bench, tmp_path: Path) -> None:
    made, other = wheel(), wheel(size=11)
    one = in_folder(tmp_path / "dists", made)
    bench.fetch(one)
    Path(one.file.url).write_bytes(other.data)
    assert list(bench.fetch(one).values()) == [sha256(other.data)]


def test_a_folder_file_that_is_gone(bench: Bench, tmp_path: Path) -> None:
    one = in_folder(tmp_path / "dists", wheel())
    Path(one.file.url).unlink()
    with pytest.raises(IndexUnavailable) as caught:
        bench.fetch(one)
    assert (caught.value.code, caught.value.data["missing"]) == ("LOCAL_ERROR", True)


def test_a_file_still_being_copied(bench: Bench, tmp_path: Path) -> None:
    made = wheel()
    one = in_folder(tmp_path / "dists", made)
    path = Path(one.file.url)
    path.write_bytes(made.data[:200])
    lengths = iter([300, 500, len(made.data)])

    def grow(_: float) -> None:
        path.write_bytes(made.data[: next(lengths)])

    assert bench.fetch(one, sleep=grow) == {one.key: sha256(made.data)}


def test_a_file_that_stays_partial(bench: Bench, tmp_path: Path) -> None:
    made = wheel()
    one = in_folder(tmp_path / "dists", made)
    Path(one.file.url).write_bytes(made.data[:200])
    looks: list[float] = []
    with pytest.raises(ArchiveRejected):
        bench.fetch(one, sleep=looks.append)
    assert len(looks) == 1


def test_a_file_that_never_rests(bench: Bench, tmp_path: Path) -> None:
    made = wheel()
    one = in_folder(tmp_path / "dists", made)
    path = Path(one.file.url)
    path.write_bytes(made.data[:200])
    looks: list[float] = []

    def grow(seconds: float) -> None:
        looks.append(seconds)
        path.write_bytes(made.data[: 200 + len(looks)])

    with pytest.raises(DriverEnvError):
        bench.fetch(one, sleep=grow)
    assert len(looks) == 5
    assert sum(looks) <= 5


def test_a_folder_file_against_allowed_hashes(bench: Bench, tmp_path: Path) -> None:
    one = in_folder(tmp_path / "dists", wheel())
    with pytest.raises(HashMismatch):
        bench.fetch(one, hashes={"widget": frozenset({("sha256", "0" * 64)})})
