"""What happened, as records: ids follow from the cause, so a replay tells the same again."""

from collections.abc import Sequence
from typing import Final

import msgspec

from domain.ids import change_id
from schemas.issue_changed import IssueChanged, RuleMet
from schemas.kinds import ChangeKind
from schemas.record import Position
from stream_processors.recurrence.lifecycle import Told
from stream_processors.recurrence.memory import Memory
from stream_processors.recurrence.snapshot import snapshot

ORDER: Final = {kind: number for number, kind in enumerate(ChangeKind)}  # alerting.md 2.4


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """An event or a command. `id` without its kind; one of the positions is given, its index is ours to count."""

    issue_id: str
    kind: str  # event or command
    id: str
    at: int
    source: Position | None = None
    command_source: Position | None = None
    actor: str = ""
    settings_offset: int = -1


class Draft(msgspec.Struct, frozen=True):
    """One change to be. `about` tells two of one kind apart: the rule, or the milestone."""

    told: Told
    rule: RuleMet | None = None
    milestone: str = ""
    mentions: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        return self.rule.id if self.rule else self.milestone


def drafted(told: Sequence[Told]) -> tuple[Draft, ...]:
    return tuple(Draft(one) for one in told)


def changes(drafts: Sequence[Draft], cause: Cause, after: Memory) -> tuple[IssueChanged, ...]:
    """In the order of the kinds; all show the issue as it is after the cause."""
    if not drafts:
        return ()
    shown, first = snapshot(after), after.hot.changes - len(drafts) + 1
    ordered = sorted(drafts, key=lambda draft: ORDER[draft.told.kind])
    return tuple(
        IssueChanged(
            change_id=change_id(cause.issue_id, cause.id, draft.told.kind, draft.about),
            issue_id=cause.issue_id,
            project_id=after.hot.project_id,
            kind=draft.told.kind,
            at=cause.at,
            seq=first + number,
            cause=f"{cause.kind}:{cause.id}",
            issue=shown,
            source=_numbered(cause.source, number),
            command_source=_numbered(cause.command_source, number),
            reason=draft.told.reason,
            actor=draft.told.actor or cause.actor,
            rule=draft.rule,
            before=draft.told.before,
            settings_offset=cause.settings_offset,
            milestone=draft.milestone,
            mentions=draft.mentions,
        )
        for number, draft in enumerate(ordered)
    )


def _numbered(position: Position | None, index: int) -> Position | None:
    return (*position[:3], index) if position else None
