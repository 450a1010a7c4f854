"""Facts as a person says them: counts, durations, instants, rules, reasons. One line each."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from schemas.alert_step import AlertStep
from schemas.issue_changed import Condition, IssueSnapshot, RuleMet
from schemas.record import Instant
from schemas.settings.project import ProjectSettings

SUBJECT_LENGTH: Final = 120
UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"))
BIDI: Final = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
NOT_SHOWN: Final = {ord(mark): None for mark in BIDI} | dict.fromkeys((*range(32), *range(127, 160)), " ")


def plain(text: str) -> str:
    """One line without control and direction marks: fit for a header, and shown as it is stored."""
    return " ".join(text.encode("utf-8", "replace").decode().translate(NOT_SHOWN).split())


def shortened(text: str, length: int) -> str:
    """Plain, and at most `length` characters."""
    line = plain(text)
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def sentence(line: str) -> str:
    """With a capital first letter."""
    return line[:1].upper() + line[1:]


def subject(step: AlertStep, project: ProjectSettings | None) -> str:
    """Fixed for an episode, so it holds nothing that may change; mail programs thread by it too."""
    slug = project.slug if project else f"project {step.project_id}"
    title = step.brief.title or step.brief.type or "Error"
    again = f" (again, no. {step.number})" if step.number > 1 else ""
    return shortened(f"[{slug}] {title}", SUBJECT_LENGTH) + again


def duration(milliseconds: int) -> str:
    """The two largest units: `2 h 5 min`; `8 s` below a minute."""
    seconds = max(0, milliseconds) // 1000
    if seconds < 60:
        return f"{seconds} s"
    parts = []
    for size, unit in UNITS:
        if seconds >= size:
            parts.append(f"{seconds // size} {unit}")
            seconds %= size
    return " ".join(parts[:2])


def instant(at: Instant, zone: str) -> str:
    """`4 May 2026, 12:00:00 CEST`"""
    moment = datetime.fromtimestamp(at // 1000, ZoneInfo(zone))
    return f"{moment.day} {moment:%b %Y, %H:%M:%S} {moment.tzname()}"


def times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def people(issue: IssueSnapshot) -> str:
    if not issue.users:
        return "no user known"
    about = "" if issue.users_exact else "about "
    return f"{about}{issue.users:,} user{'s' if issue.users != 1 else ''}"


def recent(issue: IssueSnapshot) -> str:
    """`12 in 5 min, 40 in 1 h, 300 in 24 h`; windows that hold the same are said once, the shortest."""
    windows = ((issue.seen_5m, "5 min"), (issue.seen_1h, "1 h"), (issue.seen_24h, "24 h"))
    said: dict[int, str] = {}
    for count, window in windows:
        if count:
            said.setdefault(count, window)
    return ", ".join(f"{count:,} in {window}" for count, window in said.items())


def traced(rule: RuleMet) -> tuple[str, ...]:
    """What the rule compared, the conditions that held."""
    return tuple(_condition(condition) for condition in rule.trace if condition.passed)


def _condition(condition: Condition) -> str:
    window = f" in {duration(condition.window_m * 60_000)}" if condition.window_m else ""
    if condition.threshold and condition.threshold != condition.value:
        return f"{condition.name} {condition.value} ≥ {condition.threshold}{window}"
    return f"{condition.name} {condition.value}{window}".rstrip()


def grouped(issue: IssueSnapshot) -> str:
    """Why these errors are one issue, in a sentence."""
    key = f" (key {issue.key[:8]})" if issue.key else ""
    if issue.culprit:
        return f"same {issue.type or 'error'} from the same place, {issue.culprit}{key}"
    return f"same {issue.type or 'kind of error'} with the same message once its variable parts are set aside{key}"


def listed(parts: Iterable[str]) -> str:
    """`a, b and c`"""
    given = list(parts)
    return given[0] if len(given) == 1 else f"{', '.join(given[:-1])} and {given[-1]}" if given else ""
