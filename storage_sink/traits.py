"""What an issue carries: values of its tags, users it hit. Each is written once; what is known is not asked again."""

from collections.abc import Iterable
from typing import Final, TypeAlias, TypeVar

from schemas.occurrence import Occurrence
from storage_sink.columns import Columns, transposed
from storage_sink.rows import signed

KNOWN: Final = 100_000  # traits a process remembers
Tag: TypeAlias = tuple[str, str, str]  # issue, name, value
Hit: TypeAlias = tuple[str, int]  # issue, user hash
T = TypeVar("T")
Since: TypeAlias = tuple[int, int]  # project, first seen at


class Traits:
    """Of some occurrences, without those that are `known` to be stored."""

    def __init__(self, occurrences: Iterable[Occurrence], known: "Known") -> None:
        self.tags: dict[Tag, Since] = {}
        self.users: dict[Hit, Since] = {}
        for one in occurrences:
            since = one.project_id, one.received_at
            for name, value in one.tags.items():
                if (one.issue_id, name, value) not in known:
                    _earliest(self.tags, (one.issue_id, name, value), since)
            user = signed(one.user)
            if user is not None and (one.issue_id, user) not in known:
                _earliest(self.users, (one.issue_id, user), since)

    def tag_columns(self) -> Columns:
        return transposed([(*tag, *since) for tag, since in sorted(self.tags.items())], 5)

    def user_columns(self) -> Columns:
        return transposed([(*hit, *since) for hit, since in sorted(self.users.items())], 4)


class Known:
    """Traits that a committed transaction wrote; the oldest are forgotten, which costs an idle insert."""

    def __init__(self) -> None:
        self.marks: dict[int, None] = {}

    def __contains__(self, trait: Tag | Hit) -> bool:
        return hash(trait) in self.marks

    def add(self, traits: Traits) -> None:
        """After the commit."""
        self.marks.update((hash(trait), None) for trait in (*traits.tags, *traits.users))
        for mark in list(self.marks)[: max(0, len(self.marks) - KNOWN)]:
            del self.marks[mark]


def _earliest(found: dict[T, Since], trait: T, since: Since) -> None:
    found[trait] = min(found.get(trait, since), since)
