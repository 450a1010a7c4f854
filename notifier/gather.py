"""A message about several alerts: a bundle of followers, or what a quiet time held back."""

from collections.abc import Iterable
from typing import Final

import msgspec

from notifier.message import Message, impact, late
from notifier.plan import Draft, Gathering, Letter, Line
from notifier.words import duration, plain, shortened
from schemas.kinds import SEVERITY_NUMBER, AlertState, StepKind
from schemas.record import Instant

MOST_LINES: Final = 200  # the rest is counted
STATES: Final = {
    AlertState.FIRING: "firing",
    AlertState.ACKED: "somebody has it",
    AlertState.CLOSED: "over",
    AlertState.IDLE: "over",
}


def filled(gathering: Gathering, children: Iterable[tuple[Letter, AlertState]]) -> Gathering:
    """With one line for each episode, its newest step, the most severe and oldest first."""
    newest: dict[str, Line] = {}
    for letter, state in children:
        if isinstance(letter.draft, Draft):
            line = Line(draft=letter.draft, state=state)
            before = newest.get(letter.draft.step.episode_id)
            if before is None or before.draft.step.seq <= letter.draft.step.seq:
                newest[letter.draft.step.episode_id] = line
    lines = sorted(newest.values(), key=_order)
    severity = max(
        (line.draft.step.severity for line in lines), key=SEVERITY_NUMBER.__getitem__, default=gathering.severity
    )
    return msgspec.structs.replace(gathering, lines=tuple(lines), severity=severity)


def gathered_message(gathering: Gathering, at: Instant, public_url: str) -> Message:
    """What the templates of several alerts see."""
    count = len(gathering.lines)
    return {
        "subject": headline(gathering),
        "headline": _counted(gathering),
        "project": plain(gathering.project),
        "preview": shortened(", ".join(_title(line) for line in gathering.lines[:3]), 200),
        "lines": [_said(line, at, public_url) for line in gathering.lines[:MOST_LINES]],
        "more": f"and {count - MOST_LINES} more" if count > MOST_LINES else "",
        "late": late(gathering, at),
        "all_url": f"{public_url}/issues",
    }


def headline(gathering: Gathering) -> str:
    return shortened(f"[{gathering.project}] {_counted(gathering)}", 140)


def _counted(gathering: Gathering) -> str:
    count = len(gathering.lines)
    alerts = f"{count} alert{'s' if count != 1 else ''}"
    over = sum(line.state is AlertState.CLOSED for line in gathering.lines)
    if gathering.kind != "catch_up":
        return f"{alerts} more" if over < count else f"{alerts} over"
    return f"{alerts} while notifications were held back" + (f", {over} of them over" if over else "")


def _said(line: Line, at: Instant, public_url: str) -> dict[str, str]:
    step = line.draft.step
    return {
        "title": _title(line),
        "severity": str(step.severity),
        "state": STATES[line.state],
        "impact": impact(step.brief),
        "place": plain(step.brief.place or step.brief.culprit),
        "since": f"{duration(at - step.at)} ago",
        "why": shortened(line.draft.why[0], 200) if line.draft.why else "",
        "url": f"{public_url}/issues/{step.issue_id}",
    }


def _title(line: Line) -> str:
    issue = line.draft.step.brief
    return shortened(issue.title or issue.type or "Error", 160)


def _order(line: Line) -> tuple[bool, int, Instant]:
    """What is over stands last."""
    over = line.state is AlertState.CLOSED or line.draft.step.kind is StepKind.CLOSED
    return over, -SEVERITY_NUMBER[line.draft.step.severity], line.draft.step.at
