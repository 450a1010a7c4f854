"""A pulse: the synthetic issue of a project's totals in one environment, folded by the same code (alerting.md 4.4)."""

from typing import Final

import msgspec

from domain.ids import digest
from schemas.commands import IssueCommand
from schemas.kinds import Level, Matched
from schemas.occurrence import Occurrence
from stream_processors.marks import Marks
from stream_processors.recurrence.counting import Within, observed_many
from stream_processors.recurrence.fold import Folded, settled
from stream_processors.recurrence.memory import Memory
from stream_processors.recurrence.progress import Progress, face_of, listened
from stream_processors.recurrence.projects import Project

TYPE: Final = "pulse"


def pulse_id(project_id: int, environment: str) -> str:
    return digest("pulse", str(project_id), environment)


def beaten(before: Memory, command: IssueCommand, project: Project, marks: Marks) -> Folded:
    """Fold `observe(minute_at, n, users)`; zeros count as much as numbers do."""
    at = command.at if command.minute_at is None else command.minute_at
    hot, n = before.hot, command.count
    counts = observed_many(hot.counts, at, n)
    heard = listened(hot.detector, counts, project, n)
    seen = standing_for(command)
    after = msgspec.structs.replace(
        hot,
        seq=hot.seq + 1,
        marks=marks,
        counts=counts,
        detector=heard.detector,
        face=face_of(seen),
        hit_at=counts.last_at if heard.d else hot.hit_at,
        pulse=True,
    )
    progress = Progress(
        occurrence=seen,
        project=project,
        before=before,
        after=Memory(after, before.cold),
        windows=Within(counts, before.cold.users, counts.last_at, command.users),
        heard=heard,
        milestones=(),
        born=not hot.pulse,
    )
    return settled(progress)


def standing_for(command: IssueCommand) -> Occurrence:
    """What a pulse shows in place of an occurrence; `value` names the environment."""
    environment = command.value or "production"
    return Occurrence(
        event_id="",
        project_id=command.project_id,
        issue_id=command.issue_id,
        source=(0, 0, 0, 0),
        received_at=command.at,
        occurred_at=command.at,
        level=Level.INFO,
        handled=True,
        environment=environment,
        type=TYPE,
        title=f"All errors of {environment}",
        key=command.issue_id,
        matched=Matched.OPENED,
    )
