"""Which exception of a chain is the cause to repair, and the chain of types around it."""

from collections.abc import Sequence
from typing import Final, Protocol

from domain.exception_types import CRASH, Raised, canonical_type, is_wrapper

MESSAGE: Final = "Message"  # the synthetic exception that carries the stack of a message


class Linked(Raised, Protocol):
    """An exception with its place in a tree of causes and groups."""

    @property
    def exception_id(self) -> int | None: ...
    @property
    def parent_id(self) -> int | None: ...
    @property
    def is_group(self) -> bool: ...


class HasFrames(Linked, Protocol):
    """`frames` run outermost first."""

    @property
    def frames(self) -> Sequence["HasPlace"]: ...


class HasPlace(Protocol):
    @property
    def function(self) -> str: ...
    @property
    def module(self) -> str: ...
    @property
    def filename(self) -> str: ...
    @property
    def in_app(self) -> bool: ...


def root_index(exceptions: Sequence[HasFrames], platform: str) -> int:
    """The root exception: cause first, one with application frames, else with frames, else the outermost. -1: none.

    A wrapper is the root only when nothing that counts has a stack.
    """
    if not exceptions:
        return -1
    places = group_choice(exceptions, counting(exceptions, platform), platform)
    every = [*places, *(place for place in range(len(exceptions)) if place not in places)]
    own = [place for place in places if is_own(exceptions[place])]
    framed = [place for place in places if exceptions[place].frames]
    wrapping = [place for place in every if is_own(exceptions[place]) and not exceptions[place].synthetic]
    return next(iter(own or framed or wrapping or places[-1:]))


def is_own(raised: HasFrames) -> bool:
    return any(frame.in_app for frame in raised.frames)


def counting(exceptions: Sequence[Linked], platform: str) -> list[int]:
    """Places of the exceptions that count: no wrappers, nothing synthetic, unless there is nothing else."""
    every = list(range(len(exceptions)))
    real = [place for place in every if not exceptions[place].synthetic] or every
    return [place for place in real if not is_wrapper(canonical_type(exceptions[place], platform))] or real


def group_choice(exceptions: Sequence[HasFrames], places: list[int], platform: str) -> list[int]:
    """Without the branches of exception groups that were not chosen.

    Children of a group are siblings in no fixed order, so the one that sorts first stands for all.
    """
    children = [place for place in places if _in_group(exceptions, place)]
    if len(children) < 2:
        return places
    first = min(children, key=lambda place: (not is_own(exceptions[place]), _sort_key(exceptions[place], platform)))
    kept = {first, *_descendants(exceptions, first)}
    return [place for place in places if place in kept] or places


def _in_group(exceptions: Sequence[Linked], place: int) -> bool:
    parent = exceptions[place].parent_id
    return parent is not None and any(each.is_group and each.exception_id == parent for each in exceptions)


def _descendants(exceptions: Sequence[Linked], place: int) -> set[int]:
    """Causes of one exception, by ids."""
    found: set[int] = set()
    wanted = {exceptions[place].exception_id}
    for _ in exceptions:  # a cause chain is never longer than the event
        more = {
            other
            for other, each in enumerate(exceptions)
            if other not in found and each.parent_id is not None and each.parent_id in wanted
        }
        if not more:
            break
        found |= more
        wanted = {exceptions[other].exception_id for other in more}
    return found


def _sort_key(raised: HasFrames, platform: str) -> tuple[str, str, str]:
    own = [frame for frame in raised.frames if frame.in_app] or list(raised.frames)
    if not own:
        return canonical_type(raised, platform), "", ""
    return canonical_type(raised, platform), own[-1].module or own[-1].filename, own[-1].function


def is_message_stack(raised: Raised) -> bool:
    """The exception was made to carry the stack of a message; its type means nothing."""
    return raised.synthetic and raised.type == MESSAGE


def type_chain(exceptions: Sequence[Linked], root: int, platform: str) -> tuple[str, ...]:
    """Canonical types, cause first, repeats dropped; of a group only the branch of the root. Empty: a message."""
    if root < 0 or is_message_stack(exceptions[root]):
        return ()
    found: dict[str, None] = {}
    for place in sorted({root, *counting(exceptions, platform)}):
        if place == root or not _other_branch(exceptions, place, root):
            found[canonical_type(exceptions[place], platform)] = None
    return tuple(found) or (CRASH,)


def _other_branch(exceptions: Sequence[Linked], place: int, root: int) -> bool:
    """Whether `place` lies in a group's branch that the root is not in."""
    if not any(each.is_group for each in exceptions):
        return False
    return place not in _lineage(exceptions, root)


def _lineage(exceptions: Sequence[Linked], root: int) -> set[int]:
    """The root, its causes and what it caused."""
    by_id = {each.exception_id: place for place, each in enumerate(exceptions) if each.exception_id is not None}
    found = {root, *_descendants(exceptions, root)}
    place = root
    for _ in exceptions:
        parent = exceptions[place].parent_id
        above = by_id.get(parent) if parent is not None else None
        if above is None or above in found:
            break
        found.add(above)
        place = above
    return found
