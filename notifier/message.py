"""What a message says, as plain text in plain dicts: the only thing that templates see."""

from typing import Final, TypeAlias

from notifier.plan import Content, Draft, Notice
from notifier.words import duration, grouped, instant, listed, people, plain, recent, sentence, shortened, times
from schemas.issue_changed import IssueSnapshot
from schemas.kinds import StepKind
from schemas.record import Instant

LATE_MS: Final = 120_000
Said: TypeAlias = "str | bool | list[str] | list[dict[str, str]] | dict[str, str]"
Message: TypeAlias = dict[str, Said]

HEADLINES: Final[dict[StepKind, str]] = {
    StepKind.OPEN: "New alert",
    StepKind.UPDATE: "It got worse",
    StepKind.ESCALATE: "Nobody has acknowledged it yet",
    StepKind.REOPENED: "It is back",
    StepKind.ACKED: "Somebody has it",
    StepKind.REMIND: "Still on it?",
    StepKind.UNACKED: "It needs somebody again",
    StepKind.PROGRESS: "It still goes on",
    StepKind.TOLD: "For your attention",
    StepKind.FLAPPING: "It comes and goes",
    StepKind.UNHANDLED: "Nobody acknowledged it at any step",
    StepKind.CLOSED: "It is over",
}
CLOSED_WHY: Final = {
    "quiet": "no new occurrence for a while; the issue itself stays open",
    "resolved": "it was resolved",
    "ignored": "it was archived",
    "snoozed": "it was snoozed",
    "merged": "it was merged into another issue",
}


def message(draft: Draft, at: Instant, public_url: str) -> Message:
    """`at`: the instant of the first attempt, by the ledger's clock. Every text is one line and harmless."""
    step, issue = draft.step, draft.step.brief
    said: Message = {
        "subject": plain(draft.subject),
        "kind": str(step.kind),
        "headline": HEADLINES[step.kind],
        "project": plain(draft.project),
        "title": shortened(issue.title or issue.type or "Error", 300),
        "severity": str(step.severity),
        "severity_why": shortened(listed(issue.severity_why) or step.reason, 300),
        "preview": f"{str(step.severity).upper()} · {impact(issue)}",
        "impact": impact(issue),
        "facts": _facts(draft),
        "why_told": [sentence(shortened(words, 300)) for words in _why_told(draft)],
        "rules": [{"name": plain(rule.name), "trace": shortened(listed(rule.trace), 300)} for rule in draft.rules],
        "grouped": shortened(grouped(issue), 400),
        "others": shortened(listed(draft.others), 300),
        "next_step": _next_step(draft),
        "issue_url": f"{public_url}/issues/{step.issue_id}",
        "stamps": _stamps(draft, at),
        "late": late(draft, at),
    }
    return said


def impact(issue: IssueSnapshot) -> str:
    """What a phone shows below the subject."""
    place = issue.environment if not issue.service else f"{issue.service} in {issue.environment}"
    return plain(" · ".join(part for part in (times(issue.times_seen), people(issue), place) if part))


def _facts(draft: Draft) -> list[dict[str, str]]:
    """Label and text, the most useful first; empty ones are left out."""
    issue = draft.step.brief
    facts = [
        ("Where", issue.place),
        ("Culprit", issue.culprit),
        ("Request", issue.route),
        ("Seen", _seen(issue)),
        ("Users", people(issue)),
        ("Release", _release(issue)),
        ("Service", issue.service),
        ("Environment", issue.environment),
        ("First seen", _when(issue.first_seen_at, draft)),
        ("Last seen", _when(issue.last_seen_at, draft) if issue.times_seen > 1 else ""),
        ("Status", _status(issue)),
        ("Assigned", issue.assignee.partition(":")[2]),
        ("Closed", _closed(draft) if draft.step.kind is StepKind.CLOSED else ""),
    ]
    return [{"name": name, "text": shortened(text, 300)} for name, text in facts if text]


def _seen(issue: IssueSnapshot) -> str:
    windows = recent(issue)
    return times(issue.times_seen) + (f" ({windows})" if windows and issue.times_seen > 1 else "")


def _release(issue: IssueSnapshot) -> str:
    if not issue.first_release or issue.first_release == issue.release:
        return issue.release
    return f"{issue.release or 'none'} (first seen in {issue.first_release})"


def _status(issue: IssueSnapshot) -> str:
    again = f", {times(issue.regressions)} back after a fix" if issue.regressions else ""
    return f"{issue.status}{again}"


def _closed(draft: Draft) -> str:
    why = CLOSED_WHY.get(draft.step.reason, draft.step.reason)
    by = f", by {draft.step.actor.partition(':')[2]}" if draft.step.actor.startswith("person:") else ""
    return f"{why}{by}"


def _when(at: Instant, draft: Draft) -> str:
    return instant(at, draft.zone) if at else ""


def _why_told(draft: Draft) -> list[str]:
    said = list(draft.why)
    if draft.duty_until:
        said.append(f"your duty ends {instant(draft.duty_until, draft.zone)}")
    return said


def _next_step(draft: Draft) -> str:
    step = draft.step
    if step.policy is None or not step.policy.delay_s or step.kind not in (StepKind.OPEN, StepKind.ESCALATE):
        return ""
    wait = duration(step.policy.delay_s * 1000)
    return f"If nobody acknowledges it within {wait}, the next step of policy {plain(draft.policy)} is told."


def _stamps(draft: Draft, at: Instant) -> str:
    """The way of the cause through the house: when it began, then what each stage took."""
    stamps = draft.step.stamps
    passed = [
        ("occurred", stamps.occurred_at),
        ("received", stamps.received_at),
        ("judged", stamps.changed_at),
        ("alerted", draft.step.at),
        ("decided", draft.decided_at),
        ("sent", at),
    ]
    (first, began), *rest = [(name, when) for name, when in passed if when]
    said = [f"{first} {instant(began, draft.zone)}"]
    for name, when in rest:
        said.append(f"{name} +{_short(max(0, when - began))}")
        began = when
    return ", ".join(said)


def _short(milliseconds: int) -> str:
    return f"{milliseconds} ms" if milliseconds < 1000 else duration(milliseconds)


def due_at(content: Content) -> Instant:
    return content.step.at + content.delay_s * 1000 if isinstance(content, Draft) else content.due_at


def is_late(draft: Content, at: Instant) -> bool:
    """More than two minutes after it was due."""
    return at - due_at(draft) > LATE_MS


def late(draft: Content, at: Instant) -> str:
    """Empty, or how late it is."""
    if not is_late(draft, at):
        return ""
    due = due_at(draft)
    return f"Delayed: this was due {instant(due, draft.zone)} and is sent {duration(at - due)} late."


def notice_message(notice: Notice) -> Message:
    """What the templates of notices see."""
    return {
        "subject": plain(notice.subject),
        "title": plain(notice.title),
        "lines": [plain(line) for line in notice.lines],
        "code": plain(notice.code),
        "url": notice.url,
        "button": plain(notice.button) or "Open",
    }
