"""From what is counted to what is told: status, severity, rules; (before, occurrence, project) -> (after, changes)."""

import msgspec

from domain.facts import Facts
from schemas.issue_changed import RuleMet
from schemas.kinds import ChangeKind
from schemas.occurrence import Occurrence
from stream_processors.marks import Marks
from stream_processors.recurrence.changes import Draft, drafted
from stream_processors.recurrence.lifecycle import Moment, Told, Turn, turned
from stream_processors.recurrence.memory import OPEN, Former, Grade, Hot, Memory
from stream_processors.recurrence.progress import Progress, counted_in
from stream_processors.recurrence.projects import Project
from stream_processors.recurrence.reasons import reason
from stream_processors.recurrence.rings import MINUTE_MS
from stream_processors.recurrence.rules import Evaluated, evaluated, rearmed
from stream_processors.recurrence.severity import Scene, classify


class Folded(msgspec.Struct, frozen=True):
    """`counts`: why an occurrence of a closed issue was counted and nothing else."""

    memory: Memory
    drafts: tuple[Draft, ...] = ()
    counts: str = ""


def fold(before: Memory, occurrence: Occurrence, project: Project, marks: Marks) -> Folded:
    """`before` is `unborn` for the first one. The marks are those after the occurrence."""
    return settled(counted_in(before, occurrence, project, marks))


def settled(progress: Progress) -> Folded:
    if progress.after.hot.merged_into:
        return Folded(progress.after, counts="merged")
    turn = _turn(progress)
    if turn.standing.status not in OPEN:
        return Folded(progress.after, _milestones(progress), turn.counts)
    grade = classify(progress.before.hot.grade, progress.occurrence, _scene(progress, turn))
    rules = _rules(progress, turn, grade)
    drafts = _drafts(progress, turn, grade, rules.met)
    active = _active(progress, drafts)
    if active:
        drafts = (*drafts, Draft(Told(ChangeKind.ACTIVE)))
    return Folded(Memory(_after(progress, turn, grade, rules), progress.after.cold), drafts)


def _turn(progress: Progress) -> Turn:
    hot = progress.after.hot
    if progress.born:
        opened = () if hot.pulse else (Told(ChangeKind.OPENED, "first occurrence"),)
        return Turn(hot.standing, opened, fresh=True)
    return turned(
        Moment(
            standing=hot.standing,
            occurrence=progress.occurrence,
            windows=progress.windows,
            users=progress.after.cold.users.count,
            project=progress.project,
            hit=progress.heard.d,
            spiking=progress.heard.e,
            hit_at=hot.hit_at,
        )
    )


def _scene(progress: Progress, turn: Turn) -> Scene:
    hot = progress.after.hot
    return Scene(
        counts=hot.counts,
        users=progress.after.cold.users,
        windows=progress.windows,
        project=progress.project,
        pin=hot.pin,
        pushed=hot.pushed,
        opened_at=progress.windows.now if turn.fresh else hot.opened_at,
        human_at=hot.human_at,
        hit_at=hot.hit_at,
        fresh=progress.born or turn.regressed,
        pulse=turn.standing.status if hot.pulse else None,
    )


def _rules(progress: Progress, turn: Turn, grade: Grade) -> Evaluated:
    states = progress.after.hot.rules
    before = rearmed(states) if turn.fresh else states
    return evaluated(before, progress.project.rules, _facts(progress, turn, grade))


def _facts(progress: Progress, turn: Turn, grade: Grade) -> Facts:
    hot, heard = progress.after.hot, progress.heard
    return Facts(
        at=progress.windows.now,
        occurrence=progress.occurrence,
        windows=progress.windows,
        status=turn.standing.status,
        severity=grade.severity,
        total=hot.counts.total,
        first_seen_at=hot.counts.first_at,
        first_release=hot.first_release,
        assignee=hot.owned.assignee,
        born=progress.born,
        regressed=turn.regressed,
        woke=turn.woke,
        milestones=progress.milestones,
        anomaly=2 if heard.e else 1 if heard.d else 0,
        pulse=hot.pulse,
        releases=progress.project.releases,
    )


def _drafts(progress: Progress, turn: Turn, grade: Grade, met: tuple[RuleMet, ...]) -> tuple[Draft, ...]:
    before = progress.before.hot.grade.severity
    severity = Told(ChangeKind.SEVERITY, "; ".join(grade.why), before)
    return (
        *drafted(turn.told),
        *_milestones(progress),
        *(Draft(Told(ChangeKind.RULE_MET, reason(rule)), rule=rule) for rule in met),
        *(drafted((severity,)) if grade.severity is not before and not progress.born else ()),
    )


def _milestones(progress: Progress) -> tuple[Draft, ...]:
    """An issue that opens tells that, not the milestones that come with it."""
    if progress.born or progress.after.hot.pulse:
        return ()
    return tuple(Draft(Told(ChangeKind.MILESTONE, name), milestone=name) for name in progress.milestones)


def _active(progress: Progress, drafts: tuple[Draft, ...]) -> bool:
    """Once in a minute at most, not beside what says as much; a pulse without errors is not active."""
    said = any(draft.told.kind in (ChangeKind.OPENED, ChangeKind.RULE_MET) for draft in drafts)
    silent = progress.after.hot.pulse and not progress.heard.d
    return not said and not silent and progress.windows.now // MINUTE_MS > progress.before.hot.active_minute


def _after(progress: Progress, turn: Turn, grade: Grade, rules: Evaluated) -> Hot:
    hot, now = progress.after.hot, progress.windows.now
    moved = turn.standing is not hot.standing
    return msgspec.structs.replace(
        hot,
        standing=turn.standing,
        grade=grade,
        rules=rules.states,
        formers=_without_standing(hot.formers) if moved else hot.formers,
        regressions=hot.regressions + turn.regressed,
        active_minute=now // MINUTE_MS,
        opened_at=now if turn.fresh else hot.opened_at,
    )


def _without_standing(formers: tuple[Former, ...]) -> tuple[Former, ...]:
    """The status changed by itself: no command can be undone to what it was before."""
    return tuple(msgspec.structs.replace(former, standing=None) for former in formers)
