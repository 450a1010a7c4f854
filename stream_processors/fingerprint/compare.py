"""What other rules would do to the issues of a project: splits, merges, moves, and what made the difference."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from stream_processors.fingerprint.identify import Found
from stream_processors.fingerprint.prints import Why

SAMPLES: Final = 2
PARTS: Final = ("rule", "custom", "type", "cause_of", "anchor", "helpers", "statement", "symbols", "message")


class Placed(msgspec.Struct, frozen=True):
    """Where one event of the log belongs, and the keys that it brought there."""

    event_id: str
    issue: str
    keys: tuple[str, ...]
    why: Why


class Part(msgspec.Struct, frozen=True):
    issue: str
    events: int


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One issue that changes: `parts` are what it becomes, or what becomes it. `because`: the part that differs."""

    issue: str
    parts: tuple[Part, ...]
    samples: tuple[str, ...]
    because: str = ""


class Attach(msgspec.Struct, frozen=True):
    """The key goes to the issue that owned most of its events, so that no issue is born again."""

    key: str
    to: str


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    events: int
    events_unchanged: int
    issues_unchanged: int
    splits: tuple[Row, ...] = ()
    merges: tuple[Row, ...] = ()
    moves: tuple[Row, ...] = ()
    attach: tuple[Attach, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.splits or self.merges or self.moves)


def placed(event_id: str, found: Found) -> Placed:
    keys = tuple(key.digest.hex() for key in found.prints.search)
    return Placed(event_id, found.choice.issue.hex(), keys, found.prints.why)


def compare(before: Sequence[Placed], after: Sequence[Placed]) -> Diff:
    """Both in the order of the log, the same events at the same places."""
    pairs = list(zip(before, after, strict=True))
    old = _grouped((one.issue, (one, other)) for one, other in pairs)
    new = _grouped((other.issue, (one, other)) for one, other in pairs)
    becomes = {issue: Counter(other.issue for _, other in members) for issue, members in old.items()}
    comes_from = {issue: Counter(one.issue for one, _ in members) for issue, members in new.items()}
    alone = [issue for issue, parts in becomes.items() if len(parts) == 1 and len(comes_from[next(iter(parts))]) == 1]
    same = [issue for issue in alone if issue in becomes[issue]]
    return Diff(
        events=len(pairs),
        events_unchanged=sum(one.issue == other.issue for one, other in pairs),
        issues_unchanged=len(same),
        splits=tuple(_row(issue, parts, old[issue]) for issue, parts in becomes.items() if len(parts) > 1),
        merges=tuple(_row(issue, parts, new[issue]) for issue, parts in comes_from.items() if len(parts) > 1),
        moves=tuple(_row(issue, becomes[issue], old[issue]) for issue in alone if issue not in becomes[issue]),
        attach=tuple(_attached(new, comes_from)),
    )


Members = list[tuple[Placed, Placed]]


def _grouped(pairs: Iterable[tuple[str, tuple[Placed, Placed]]]) -> dict[str, Members]:
    found: dict[str, Members] = {}
    for issue, pair in pairs:
        found.setdefault(issue, []).append(pair)
    return found


def _row(issue: str, parts: Mapping[str, int], members: Members) -> Row:
    """With two events that a person can look at, of different parts if there are some."""
    first = {(one.issue, other.issue): one.event_id for one, other in reversed(members)}
    shown = dict.fromkeys([*reversed(first.values()), *(one.event_id for one, _ in members)])
    ordered = tuple(Part(other, count) for other, count in Counter(parts).most_common())
    return Row(
        issue=issue,
        parts=ordered,
        samples=tuple(shown)[:SAMPLES],
        because=next((found for one, other in members if (found := difference(one.why, other.why))), ""),
    )


def difference(one: Why, other: Why) -> str:
    """The first part of two reasons that is not the same, in words."""
    for part in PARTS:
        left, right = getattr(one, part), getattr(other, part)
        if left != right:
            return f"{part}: {_said(left)} -> {_said(right)}"
    return ""


def _said(value: object) -> str:
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return text or "nothing"


def _attached(new: Mapping[str, Members], comes_from: Mapping[str, Counter[str]]) -> Iterable[Attach]:
    """Ties go to the older issue, which was counted first."""
    for issue, members in new.items():
        owner = comes_from[issue].most_common(1)[0][0]
        if owner != issue:
            keys = dict.fromkeys(key for _, other in members for key in other.keys)
            yield from (Attach(key, owner) for key in keys)
