"""All handlers of the API, by operation id."""

from typing import Final

from litestar.di import Provide

from query_api.protocol import (
    access,
    bulk,
    comments,
    decisions,
    deliveries,
    events,
    files,
    grouping,
    history,
    issues,
    live,
    methods,
    objects,
    operating,
    passwords,
    people,
    projects,
    releases,
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
    | deliveries.HANDLES
    | events.HANDLES
    | files.HANDLES
    | grouping.HANDLES
    | history.HANDLES
    | issues.HANDLES
    | live.HANDLES
    | methods.HANDLES
    | objects.HANDLES
    | operating.HANDLES
    | passwords.HANDLES
    | people.HANDLES
    | projects.HANDLES
    | releases.HANDLES
    | service.HANDLES
    | sign_in.HANDLES
    | stats.HANDLES
    | why.HANDLES
)
DEPENDENCIES: Final[dict[str, Provide]] = stats.SCOPED
