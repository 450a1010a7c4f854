"""All handlers of the API, by operation id."""

from typing import Final

from litestar.di import Provide

from query_api.protocol import (
    access,
    bulk,
    comments,
    decisions,
    history,
    issues,
    objects,
    projects,
    service,
    sign_in,
    stats,
    why,
)
from query_api.protocol.wiring import Handles

HANDLES: Final[Handles] = (
    access.HANDLES
    | bulk.HANDLES
    | comments.HANDLES
    | decisions.HANDLES
    | history.HANDLES
    | issues.HANDLES
    | objects.HANDLES
    | projects.HANDLES
    | service.HANDLES
    | sign_in.HANDLES
    | stats.HANDLES
    | why.HANDLES
)
DEPENDENCIES: Final[dict[str, Provide]] = stats.SCOPED
