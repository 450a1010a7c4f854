"""One request after the guard let it pass: who, when, where it reaches."""

import msgspec

from query_api.operations import Operation
from query_api.rights import Caller

NOBODY = Caller(person="", credential="")


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """`projects`: where the caller has the operation's least role. `project_id`, `target`: what the path names."""

    operation: Operation
    caller: Caller
    at: int
    request_id: str
    address: str = ""
    agent: str = ""
    projects: tuple[int, ...] = ()
    project_id: int = 0
    target: str = ""
    if_match: str = ""
    last_event_id: str = ""
    key: str = ""  # Idempotency-Key, else the request id

    @property
    def seen(self) -> tuple[int, ...]:
        """What row-level security may show: the target's project alone, or all within reach."""
        return (self.project_id,) if self.project_id else self.projects
