"""Records for tests: valid by default, each field replaceable."""

from typing import Any

import msgspec

from domain.home import settle
from schemas.alert_step import AlertStep, Stamps
from schemas.commands import EpisodeCommand, EpisodeCommandKind, IssueCommand, IssueCommandKind
from schemas.error_event import ErrorEvent, ExceptionInfo, Frame
from schemas.issue_changed import IssueChanged, IssueSnapshot, RuleMet
from schemas.kinds import ChangeKind, Level, Matched, Severity, Status, StepKind
from schemas.occurrence import NewKey, Occurrence

AT = 1_777_888_800_000  # 2026-05-04T10:00:00Z
EVENT_ID = "9f3ab1c2d4e5f60718293a4b5c6d7e8f"
ISSUE_ID = "51c0a3b2d4e5f60718293a4b5c6d7e8f"
KEY = "c41da3b2d4e5f60718293a4b5c6d7e8f"
EPISODE_ID = "e1b7a3b2d4e5f60718293a4b5c6d7e8f"
CHANGE_ID = "7d10a3b2d4e5f60718293a4b5c6d7e8f"


def numbered(number: int) -> str:
    """32 hex digits that are different for each number."""
    return f"{number:032x}"


def a_frame(**fields: Any) -> Frame:
    usual: dict[str, Any] = {
        "function": "pay",
        "module": "shop.views",
        "filename": "shop/views.py",
        "lineno": 42,
        "in_app": True,
        "context_line": "    net = order['amount']",
    }
    return Frame(**(usual | fields))


def an_exception(**fields: Any) -> ExceptionInfo:
    usual: dict[str, Any] = {
        "type": "KeyError",
        "value": "'amount'",
        "handled": False,
        "frames": (a_frame(function="dispatch", module="shop.urls", filename="shop/urls.py", lineno=7), a_frame()),
    }
    return ExceptionInfo(**(usual | fields))


def an_event(**fields: Any) -> ErrorEvent:
    """An accepted error, settled: root and home key are those of the door."""
    usual: dict[str, Any] = {
        "event_id": EVENT_ID,
        "project_id": 1,
        "home_key": "",
        "received_at": AT + 123,
        "occurred_at": AT + 101,
        "service": "shop",
        "platform": "python",
        "release": "shop@2.4.1",
        "handled": False,
        "exceptions": (an_exception(),),
    }
    return settle(ErrorEvent(**(usual | fields)))


def an_occurrence(**fields: Any) -> Occurrence:
    usual: dict[str, Any] = {
        "event_id": EVENT_ID,
        "project_id": 1,
        "issue_id": ISSUE_ID,
        "source": (7341, 3, 88213, 0),
        "received_at": AT + 123,
        "occurred_at": AT + 101,
        "handled": False,
        "platform": "python",
        "service": "shop",
        "release": "shop@2.4.1",
        "user": "9f3a0c1e22d4b870",
        "type": "KeyError",
        "title": "KeyError: 'amount'",
        "culprit": "shop.views::pay",
        "place": "shop/views.py:42",
        "route": "POST /pay",
        "key": KEY,
        "matched": Matched.OPENED,
        "new_keys": (NewKey(key=KEY, kind=Matched.SITE, anchor="0011223344556677", opener=True),),
        "tags": {"browser": "Chrome 126", "shard": "3"},
    }
    return Occurrence(**(usual | fields))


def a_snapshot(**fields: Any) -> IssueSnapshot:
    usual: dict[str, Any] = {
        "status": Status.NEW,
        "severity": Severity.HIGH,
        "severity_why": ("unhandled",),
        "times_seen": 1,
        "users": 1,
        "first_seen_at": AT + 123,
        "last_seen_at": AT + 123,
        "event_id": EVENT_ID,
        "type": "KeyError",
        "title": "KeyError: 'amount'",
        "culprit": "shop.views::pay",
        "place": "shop/views.py:42",
        "platform": "python",
        "service": "shop",
        "environment": "production",
        "release": "shop@2.4.1",
        "route": "POST /pay",
        "key": KEY,
        "handled": False,
        "level": Level.ERROR,
    }
    return IssueSnapshot(**(usual | fields))


def a_change(**fields: Any) -> IssueChanged:
    usual: dict[str, Any] = {
        "change_id": CHANGE_ID,
        "issue_id": ISSUE_ID,
        "project_id": 1,
        "kind": ChangeKind.OPENED,
        "at": AT + 123,
        "seq": 1,
        "cause": f"event:{EVENT_ID}",
        "source": (7341, 3, 88213, 1),
        "issue": a_snapshot(),
    }
    return IssueChanged(**(usual | fields))


def a_rule_met(**fields: Any) -> RuleMet:
    return RuleMet(**({"id": "rule:1:high", "version": 1, "policy": "default"} | fields))


def a_step(**fields: Any) -> AlertStep:
    usual: dict[str, Any] = {
        "step_id": f"{EPISODE_ID}:open:0",
        "episode_id": EPISODE_ID,
        "number": 1,
        "issue_id": ISSUE_ID,
        "project_id": 1,
        "kind": StepKind.OPEN,
        "ordinal": "0",
        "position": "1.0.0",
        "at": AT + 150,
        "seq": 2,
        "severity": Severity.HIGH,
        "reason": "rule_met rule:1:high",
        "brief": a_snapshot(),
        "stamps": Stamps(occurred_at=AT + 101, received_at=AT + 123, changed_at=AT + 130),
    }
    return AlertStep(**(usual | fields))


def an_issue_command(kind: IssueCommandKind, **fields: Any) -> IssueCommand:
    usual: dict[str, Any] = {
        "command_id": "c-1",
        "project_id": 1,
        "issue_id": ISSUE_ID,
        "kind": kind,
        "actor": "person:ana",
        "at": AT + 60_000,
    }
    return IssueCommand(**(usual | fields))


def an_episode_command(kind: EpisodeCommandKind, **fields: Any) -> EpisodeCommand:
    usual: dict[str, Any] = {
        "command_id": "c-2",
        "project_id": 1,
        "issue_id": ISSUE_ID,
        "kind": kind,
        "actor": "person:ana",
        "at": AT + 60_000,
    }
    return EpisodeCommand(**(usual | fields))


def with_field(raw: bytes, **fields: Any) -> bytes:
    """The same JSON object with some fields replaced; None removes one."""
    found = msgspec.json.decode(raw) | fields
    return msgspec.json.encode({name: value for name, value in found.items() if value is not None})
