"""Short ways to say an event, and the stage on a dict that answers for it."""

from typing import Any

import msgspec

from domain.home import settle
from domain.snapshot import Snapshot
from schemas.commands import CommandResult, GroupingCommand, GroupingKind
from schemas.error_event import ErrorEvent, ExceptionInfo, Frame, Message
from schemas.occurrence import Occurrence
from stream_processors.fingerprint.cache import Shared
from stream_processors.fingerprint.decide import make_stage
from stream_processors.fingerprint.prints import Why
from tests.builders import AT, a_frame, numbered
from tests.stream_processors.table import Table


def at(function: str, line: str = "", **fields: Any) -> Frame:
    """A frame of ours in `module::function` notation."""
    module, _, name = function.rpartition("::")
    file = module.replace(".", "/") + ".py" if module else ""
    return a_frame(**({"module": module, "function": name, "filename": file, "context_line": line} | fields))


def raised(kind: str, value: str, *frames: Frame, **fields: Any) -> ExceptionInfo:
    """Frames are given crash first, as people read them."""
    return ExceptionInfo(type=kind, value=value, frames=tuple(reversed(frames)), **fields)


def an_error(*exceptions: ExceptionInfo, **fields: Any) -> ErrorEvent:
    usual: dict[str, Any] = {
        "event_id": numbered(0),
        "project_id": 1,
        "home_key": "",
        "received_at": AT,
        "occurred_at": AT,
        "service": "shop",
        "platform": "python",
        "exceptions": exceptions,
    }
    return settle(ErrorEvent(**(usual | fields)))


def a_message(text: str, **fields: Any) -> ErrorEvent:
    return an_error(message=Message(formatted=text), **fields)


class Stage(Table):
    """The stage with ids that never repeat; `issue` sends an event and says where it went."""

    def __init__(self, settings: Snapshot | None = None, shared: Shared | None = None) -> None:
        super().__init__(make_stage(shared or Shared()), settings or Snapshot())
        self.sent = 0

    def occurrence(self, event: ErrorEvent) -> Occurrence:
        self.sent += 1
        found = self.send(_numbered(event, self.sent))
        assert isinstance(found[0], Occurrence)
        return found[0]

    def issue(self, event: ErrorEvent) -> str:
        return self.occurrence(event).issue_id

    def issues(self, *events: ErrorEvent) -> list[str]:
        return [self.issue(event) for event in events]

    def why(self, event: ErrorEvent) -> Why:
        found = self.occurrence(event)
        assert found.why, "only an event that taught a key carries its reason"
        return why_of(found)

    def command(self, kind: GroupingKind, issue: str, **fields: Any) -> CommandResult:
        found = self.send(a_command(kind, issue, **fields))
        results = [each for each in found if isinstance(each, CommandResult)]
        assert len(results) == 1
        return results[0]


def a_command(kind: GroupingKind, issue: str, **fields: Any) -> GroupingCommand:
    usual: dict[str, Any] = {
        "command_id": f"c-{kind}",
        "project_id": 1,
        "issue_id": issue,
        "kind": kind,
        "actor": "person:ana",
        "at": AT,
        "owner": 0,
    }
    return GroupingCommand(**(usual | fields))


def why_of(found: Occurrence) -> Why:
    return msgspec.json.decode(bytes(found.why), type=Why)  # type: ignore[arg-type]


def _numbered(event: ErrorEvent, number: int) -> ErrorEvent:
    return msgspec.structs.replace(event, event_id=numbered(number))
