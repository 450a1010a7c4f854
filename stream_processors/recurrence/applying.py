"""What is the same for every command: it is a human act, can be undone, is judged for severity, and is told."""

from typing import Final

import msgspec

from schemas.commands import IssueCommand, IssueCommandKind
from schemas.kinds import ChangeKind, Status
from stream_processors.marks import Marks
from stream_processors.recurrence.changes import Draft
from stream_processors.recurrence.commands import Refused, Ruling, is_human, ruled
from stream_processors.recurrence.counting import Within
from stream_processors.recurrence.fold import Folded
from stream_processors.recurrence.lifecycle import Told
from stream_processors.recurrence.memory import OPEN, Hot, Memory, Standing, is_open
from stream_processors.recurrence.projects import Project
from stream_processors.recurrence.rules import rearmed
from stream_processors.recurrence.severity import Scene, graded
from stream_processors.recurrence.undo import remembered, undone

OTHER_PROJECT: Final = "other_project"
YOUNG: Final = frozenset({Status.NEW, Status.REGRESSED})


class Answered(msgspec.Struct, frozen=True):
    """`refused`: why nothing changed; empty when it was applied."""

    folded: Folded
    refused: str = ""


def answered(memory: Memory, command: IssueCommand, project: Project, marks: Marks) -> Answered:
    """Apply one command. Refused or not, the marks know it now."""
    ruling = _ruling(memory, command, project)
    marked = msgspec.structs.replace(memory.hot, seq=memory.hot.seq + 1, marks=marks)
    if isinstance(ruling, Refused):
        return Answered(Folded(Memory(marked, memory.cold)), ruling.reason)
    hot = msgspec.structs.replace(_acted(memory.hot, ruling.hot, command), seq=marked.seq, marks=marks)
    hot, told = _regraded(Memory(hot, memory.cold), command, project) if ruling.regrade else (hot, ())
    hot = msgspec.structs.replace(hot, formers=remembered(memory.hot, hot, command))
    drafts = tuple(Draft(one, mentions=command.mentions) for one in (*ruling.told, *told))
    return Answered(Folded(Memory(hot, memory.cold), drafts))


def _ruling(memory: Memory, command: IssueCommand, project: Project) -> Ruling:
    if command.project_id != memory.hot.project_id:
        return Refused(OTHER_PROJECT)
    if command.kind is IssueCommandKind.UNDO:
        return undone(memory.hot, command)
    return ruled(memory, command, project)


def _acted(before: Hot, after: Hot, command: IssueCommand) -> Hot:
    """Somebody looked at it: no longer new. An issue that opens again may alarm at once."""
    human_at = max(after.human_at, command.at) if is_human(command.actor) else after.human_at
    standing = after.standing
    if is_human(command.actor) and standing is before.standing and standing.status in YOUNG:
        standing = Standing(Status.ONGOING, command.at)
    if not is_open(before) and standing.status in OPEN:
        rules = rearmed(after.rules)
        return msgspec.structs.replace(after, standing=standing, human_at=human_at, rules=rules, opened_at=command.at)
    return msgspec.structs.replace(after, standing=standing, human_at=human_at)


def _regraded(memory: Memory, command: IssueCommand, project: Project) -> tuple[Hot, tuple[Told, ...]]:
    """A person's word is told even when the level stays."""
    hot, before = memory.hot, memory.hot.grade
    grade = graded(before, scene(memory, command.at, project))
    if grade.severity is before.severity and command.kind is IssueCommandKind.IMPACT:
        return msgspec.structs.replace(hot, grade=grade), ()
    told = Told(ChangeKind.SEVERITY, "; ".join(grade.why), before.severity, command.actor)
    return msgspec.structs.replace(hot, grade=grade), (told,)


def scene(memory: Memory, at: int, project: Project) -> Scene:
    """What severity looks at between two occurrences."""
    hot, users = memory.hot, memory.cold.users
    return Scene(
        counts=hot.counts,
        users=users,
        windows=Within(hot.counts, users, max(hot.counts.last_at, at)),
        project=project,
        pin=hot.pin,
        pushed=hot.pushed,
        opened_at=hot.opened_at,
        human_at=hot.human_at,
        hit_at=hot.hit_at,
        pulse=hot.standing.status if hot.pulse else None,
    )
