"""The part of a fold that is the same whatever the status: totals, windows, users, releases, the rate."""

from typing import Final

import msgspec

from schemas.occurrence import Occurrence
from stream_processors.marks import Marks
from stream_processors.recurrence.anomaly import DAY, Detector, Heard, learned, observed
from stream_processors.recurrence.counting import Within, counted
from stream_processors.recurrence.distinct import noticed
from stream_processors.recurrence.memory import LAYOUT, Counts, Face, Hot, Memory, Standing
from stream_processors.recurrence.projects import Project
from stream_processors.recurrence.rings import MINUTE_MS
from stream_processors.recurrence.sightings import noted

WARM_MINUTES: Final = DAY
WARM_TOTAL: Final = 20


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """The occurrence with what has been found out about it so far."""

    occurrence: Occurrence
    project: Project
    before: Memory
    after: Memory
    windows: Within
    heard: Heard
    milestones: tuple[str, ...]
    born: bool


def unborn(project_id: int, at: int) -> Hot:
    """The issue before its first occurrence."""
    detector = Detector(at // MINUTE_MS)
    return Hot(LAYOUT, 0, Marks(), project_id, Counts(), detector, standing=Standing(at=at), opened_at=at)


def counted_in(before: Memory, seen: Occurrence, project: Project, marks: Marks) -> Progress:
    """`marks` are those after the occurrence."""
    hot, born = before.hot, before.hot.counts.first_at == 0
    counts = counted(hot.counts, seen.received_at)
    counting = noticed(hot.carried, seen, counts.last_at)
    heard = listened(hot.detector, counts, project, counting.n)
    cold = noted(before.cold, seen, counts)
    after = msgspec.structs.replace(
        hot,
        seq=hot.seq + 1,
        marks=marks,
        counts=counts,
        detector=heard.detector,
        face=face_of(seen),
        first_release=seen.release if born else hot.first_release,
        hit_at=counts.last_at if heard.d else hot.hit_at,
        carried=counting.carried,
    )
    return Progress(
        occurrence=seen,
        project=project,
        before=before,
        after=Memory(after, cold.cold),
        windows=Within(counts, cold.cold.users, counts.last_at),
        heard=heard,
        milestones=cold.milestones,
        born=born,
    )


def listened(detector: Detector, counts: Counts, project: Project, n: int) -> Heard:
    """No verdict before a day of age and 20 occurrences."""
    minute = counts.last_at // MINUTE_MS
    old_enough = (counts.last_at - counts.first_at) // MINUTE_MS >= WARM_MINUTES
    if old_enough and counts.total >= WARM_TOTAL:
        return observed(detector, minute, project.season, n)
    return Heard(learned(detector, minute, project.season, n))


def face_of(seen: Occurrence) -> Face:
    return Face(
        seen.event_id,
        seen.type,
        seen.title,
        seen.culprit,
        seen.place,
        seen.platform,
        seen.service,
        seen.environment,
        seen.release,
        seen.route,
        seen.key,
        seen.tags,
        seen.handled,
        seen.level,
    )
