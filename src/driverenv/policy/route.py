"""Who may serve a project, who is asked next, and who serves it.

Pure decisions over answers. An index that cannot answer raises before it gets here, so a silent
fall-through from a broken local index to the public one cannot be expressed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from packaging.utils import NormalizedName

from driverenv.model.answers import Absent, Found, NotAsked, NowhereFound
from driverenv.model.site import Exemption, Index, Policy
from driverenv.policy.patterns import first_match, matches, most_specific

PUBLIC = "public"
"""What `Policy.sources` calls the public index, whatever its name; unless another index has this name."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask this index next."""

    index: Index
    public: bool
    rule: str = field(default="", compare=False)
    """Why it may serve the project, for receipts and explanations."""


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one project through the indexes: who is asked in which order, and who is not, and why."""

    project: NormalizedName
    asks: tuple[Ask, ...]
    not_asked: tuple[NotAsked, ...]
    offline: bool = False
    forbidden: str = ""
    """The rule of the policy that keeps the project from the public index there is; "" for none."""


def sources(policy: Policy) -> tuple[Ask, ...]:
    """Every index that may be asked at all, in order: the local ones; online then the extra ones and public."""
    return tuple(
        ask for ask, is_extra in _everybody(policy) if not policy.offline or _is_local(ask, is_extra=is_extra)
    )


def excepted(policy: Policy, project: NormalizedName, allow: str) -> Exemption | None:
    """The first exception of the kind `allow` ("public", "build") for `project`, or None."""
    of_kind = (one for one in policy.exceptions if one.allow == allow)
    return next((one for one in of_kind if matches(one.project, project)), None)


def _everybody(policy: Policy) -> Iterator[tuple[Ask, bool]]:
    """Every index of the site in the order in which it is asked online, and whether it is an extra one."""
    for index in policy.local:
        yield Ask(index, public=False, rule="local version wins"), False
    for index in policy.extra:
        yield Ask(index, public=False, rule="extra index, absent before it"), True
    if policy.public is not None:
        yield Ask(policy.public, public=True, rule="absent before it"), False


def _is_local(ask: Ask, *, is_extra: bool) -> bool:
    return not (ask.public or is_extra)


def route(policy: Policy, project: NormalizedName) -> Route:
    """Who may serve `project` by the policy; exceptions hold as they stand, the clock is not looked at.

    - Offline nobody is asked but local indexes. The owner of a name stays the same.
    - What a `private` pattern stands for is never asked at public, whatever else the policy says.
    - An exception "public" passes over the local indexes, and goes before `sources`, `public_deny`
      and `public_allow`.
    - Where the most specific patterns of `sources` are several, an index must be named by each.
    """
    return _Rules(policy, project).route()


def why_not_public(policy: Policy, project: NormalizedName) -> str:
    """The rule of the policy that keeps `project` from public, wherever that is; "" for none."""
    return _Rules(policy, project).why_not_public()


def why_not_from(policy: Policy, project: NormalizedName, index: str) -> str:
    """The rule by which an index of this name may not serve `project`; "" for none. No index has the name ""."""
    return _Rules(policy, project).why_not_from(index)


def passed_by(policy: Policy, found: Found) -> tuple[NotAsked, ...]:
    """The indexes that were not asked about a project that one serves, or a line of the driver, and why."""
    way = route(policy, found.project)
    asks = [(ask.index, ask.public) for ask in way.asks]
    here = (found.index, found.public)
    if found.direct:
        before = {one.index for one in found.before}
        later = [ask for ask in asks if ask[0] not in before]
        why = "a line of the driver names the file"
    else:
        later = asks[asks.index(here) + 1 :] if here in asks else asks
        why = f"{found.index.name} has {found.project}, and so serves it alone"
    return (*(NotAsked(index, why) for index, _ in later), *way.not_asked)


class _Rules:
    """The rules of one policy as they are for one project."""

    def __init__(self, policy: Policy, project: NormalizedName) -> None:
        self._policy, self._project = policy, project
        self._private = first_match(policy.private, project)
        self._exception = self._exempt()
        self._patterns = most_specific((pattern for pattern, _ in policy.sources), project)
        named = [set(names) for pattern, names in policy.sources if pattern in self._patterns]
        self._named = set.intersection(*named) if named else None

    def route(self) -> Route:
        asks, not_asked = [], []
        for ask, why_not in self._judged():
            if why_not:
                not_asked.append(NotAsked(ask.index, why_not))
            else:
                asks.append(ask)
        offline = self._policy.offline
        forbidden = "" if offline or self._policy.public is None else self.why_not_public()
        return Route(self._project, tuple(asks), tuple(not_asked), offline, forbidden)

    def _exempt(self) -> Exemption | None:
        """The exception that lets public serve the project, where it can have an effect."""
        if self._private is not None or self._policy.public is None:
            return None
        return excepted(self._policy, self._project, "public")

    def _judged(self) -> Iterator[tuple[Ask, str]]:
        """Each index of the site in order, and why it is not asked; "" where it is."""
        for ask, is_extra in _everybody(self._policy):
            offline = "offline mode" if self._policy.offline and not _is_local(ask, is_extra=is_extra) else ""
            if ask.public:
                yield _by(self._public_rule(ask.rule), ask), offline or self.why_not_public()
                continue
            passed_over = not is_extra and self._exception
            why_not = _passed_over(passed_over) if passed_over else ""
            rest = why_not or self.why_not_from(ask.index.name)
            yield _by(self._mapped(ask.rule), ask), offline or rest

    def _mapped(self, rule: str) -> str:
        return f"{rule}, {self._mapping}" if self._patterns else rule

    def _public_rule(self, rule: str) -> str:
        if self._exception is not None:
            return f"exception: {self._exception}"
        pattern = first_match(self._policy.public_allow, self._project)
        return self._mapped(f"{rule}, public_allow pattern {pattern}" if pattern else rule)

    @property
    def _mapping(self) -> str:
        return f"sources pattern {' and '.join(self._patterns)}"

    def why_not_from(self, index: str) -> str:
        """Why `sources` keeps the project from an index that is not public."""
        if self._named is None or index in self._named:
            return ""
        return self._only()

    def _only(self) -> str:
        return f"{self._mapping}: only {', '.join(sorted(self._named or ())) or 'nobody'}"

    def why_not_public(self) -> str:
        """Why the policy keeps the project from public; "" where it does not."""
        policy = self._policy
        if self._private is not None:
            return f"private pattern {self._private}"
        if self._exception is not None:
            return ""
        denied = first_match(policy.public_deny, self._project)
        if denied is not None:
            return f"public_deny pattern {denied}"
        if self._named is not None and not self._public_names() & self._named:
            return self._only()
        if policy.public_allow and first_match(policy.public_allow, self._project) is None:
            return "no pattern of public_allow"
        return ""

    def _public_names(self) -> set[str]:
        policy = self._policy
        others = {index.name for index in (*policy.local, *policy.extra)}
        return ({PUBLIC, policy.public.name} if policy.public is not None else set()) - others


def _by(rule: str, ask: Ask) -> Ask:
    return ask if rule == ask.rule else replace(ask, rule=rule)


def _passed_over(exception: Exemption) -> str:
    return f"an exception lets public serve {exception.project} until {exception.until}"


def next_step(
    policy: Policy, project: NormalizedName, answers: Sequence[Found | Absent]
) -> Ask | Found | NowhereFound:
    """What follows from the `answers` so far (in the order they were given) about `project`.

    The first index that has the project serves it, alone. Only a proven absence leads to the
    next one (PEP 766: index priority; here project-exclusive).
    """
    way = route(policy, project)
    for number, answer in enumerate(answers):
        if isinstance(answer, Found):
            rule = way.asks[number].rule if number < len(way.asks) else ""
            return replace(answer, before=_absents(answers[:number]), rule=rule)
    if len(answers) < len(way.asks):
        return way.asks[len(answers)]
    return NowhereFound(
        project, _absents(answers), way.not_asked, offline=way.offline, forbidden=way.forbidden
    )


def _absents(answers: Sequence[Found | Absent]) -> tuple[Absent, ...]:
    return tuple(answer for answer in answers if isinstance(answer, Absent))
