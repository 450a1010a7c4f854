"""Statistics over projects."""

from typing import Annotated, Final

import msgspec
from litestar import Response
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter

from query_api import reports, stats
from query_api.calls import Call
from query_api.problems import Code, Problem, invalid, not_found
from query_api.protocol.history import From, To, span_of
from query_api.protocol.issues import Limit
from query_api.protocol.wiring import Handles, TheCall, TheDesk, fresh
from query_api.queries import reports as viewed
from query_api.queries import stats as counted
from query_api.queries.issues import fresh_at
from query_api.reports import Impacts, Recurrings, Services, Trends, Workload
from query_api.stats import Against, Breakdown, Compared, Dimension, Group, Metric, Series, Step
from query_api.views import DAY_MS

Project = Annotated[int, QueryParameter(ge=0, le=2**53, description="one project; 0: all of mine")]
Environment = Annotated[str, QueryParameter(max_length=64, description="only of this environment")]
Service = Annotated[str, QueryParameter(max_length=64, description="only of this service")]
Tag = Annotated[str, QueryParameter(max_length=32, description="the tag, when the dimension is `tag`")]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Days `first` to before `last` against as many days before."""

    first: int
    last: int
    items: tuple[Compared, ...]


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What counts are about: from `first` to before `last`, in some projects, an environment, a service."""

    projects: tuple[int, ...]
    first: int
    last: int
    environment: str = ""
    service: str = ""

    def params(self, shift: int = 0) -> dict[str, object]:
        return {
            "projects": list(self.projects),
            "environment": self.environment,
            "service": self.service,
            "first": self.first - shift,
            "last": self.last - shift,
        }


def scope_of(
    call: TheCall,
    *,
    project: Project = 0,
    environment: Environment = "",
    service: Service = "",
    first: From = 0,
    last: To = 0,
) -> Scope:
    start, end = span_of(call, first, last, DAY_MS)
    projects = tuple(narrowed(call, project))
    return Scope(projects=projects, first=start, last=end, environment=environment, service=service)


TheScope = NamedDependency[Scope]
SCOPED: Final[dict[str, Provide]] = {"counting": Provide(scope_of, sync_to_thread=False)}


def narrowed(call: Call, project: int) -> list[int]:
    if project and project not in call.projects:
        raise not_found()
    return [project] if project else list(call.projects)


async def series(
    desk: TheDesk,
    counting: TheScope,
    *,
    metric: FromQuery[Metric] = Metric.EVENTS,
    step: FromQuery[Step] = Step.HOUR,
    group_by: FromQuery[Group] = Group.NONE,
    compare: FromQuery[Against] = Against.NOTHING,
) -> Response[Series]:
    """Counts per hour or day, in groups, beside an earlier span."""
    start, end = counting.first, counting.last
    if end - start > stats.LONGEST_MS[step]:
        raise invalid("/step", "too many steps: take days, or a shorter span")
    shift = stats.shift_ms(compare, start, end)
    async with desk.store.within(counting.projects) as db:
        now = await counted.series(db, metric, group_by, counting.params())
        before = await counted.series(db, metric, group_by, counting.params(shift)) if shift else []
        known = await fresh_at(db)
    step_ms = stats.STEP_MS[step]
    lines = stats.lines(now, before, (start, end, step_ms), shift)
    return fresh(Series(metric=metric, step_ms=step_ms, first=start, last=end, lines=tuple(lines)), known)


async def breakdown(
    desk: TheDesk, counting: TheScope, *, by: FromQuery[Dimension], tag: Tag = ""
) -> Response[Breakdown]:
    """Shares of events by one dimension."""
    if by in counted.OF_EVENTS_BY and counting.last - counting.first > stats.LOOKED_AT_MS:
        raise Problem(Code.NEEDS_NARROWING, "This looks at every event: at most 7 days.")
    async with desk.store.within(counting.projects) as db:
        rows = await counted.breakdown(db, by, counting.params() | {"tag": tag})
        known = await fresh_at(db)
    return fresh(stats.breakdown(by, rows, (counting.first, counting.last)), known)


async def compare(
    call: TheCall, desk: TheDesk, *, project: Project = 0, first: From = 0, last: To = 0, limit: Limit = 50
) -> Response[Comparison]:
    """Issues whose counts changed most between two spans of whole days."""
    start, end = span_of(call, first, last, 7 * DAY_MS)
    params: dict[str, object] = {"projects": narrowed(call, project), "first": start, "last": end}
    async with desk.store.within(call.seen) as db:
        rows = await counted.pairs(db, {**params, "before": 2 * start - end, "limit": limit})
        known = await fresh_at(db)
    items = tuple(stats.compared(row) for row in rows)
    return fresh(Comparison(first=start, last=end, items=items), known)


Kinds = Annotated[tuple[stats.Change, ...], QueryParameter(description="up, down, level; up and down by default")]


async def trends(
    call: TheCall, desk: TheDesk, *, project: Project = 0, trend: Kinds = (), limit: Limit = 50
) -> Response[Trends]:
    """The last 7 days against the 7 before, with intervals."""
    kinds = [str(kind) for kind in trend or (stats.Change.UP, stats.Change.DOWN)]
    async with desk.store.within(call.seen) as db:
        rows = await viewed.trends(db, narrowed(call, project), kinds, limit)
        known = await fresh_at(db)
    return fresh(Trends(items=tuple(rows)), known)


async def impact(call: TheCall, desk: TheDesk, *, project: Project = 0, limit: Limit = 50) -> Response[Impacts]:
    """Open issues by the number of people they hit."""
    async with desk.store.within(call.seen) as db:
        rows = await viewed.impact(db, narrowed(call, project), limit)
        known = await fresh_at(db)
    return fresh(Impacts(items=tuple(reports.impact(row) for row in rows)), known)


async def workload(call: TheCall, desk: TheDesk) -> Response[Workload]:
    """What each person holds now, by name: it is no ranking."""
    async with desk.store.within(call.seen) as db:
        rows = await viewed.workload(db)
        known = await fresh_at(db)
    return fresh(Workload(items=tuple(rows)), known)


async def services(call: TheCall, desk: TheDesk, *, project: Project = 0) -> Response[Services]:
    """How each service is: events, open issues, what fires."""
    async with desk.store.within(call.seen) as db:
        rows = await viewed.services(db, narrowed(call, project))
        known = await fresh_at(db)
    return fresh(Services(items=tuple(rows)), known)


async def recurring(call: TheCall, desk: TheDesk, *, project: Project = 0, limit: Limit = 50) -> Response[Recurrings]:
    """Issues that keep coming back."""
    async with desk.store.within(call.seen) as db:
        rows = await viewed.recurring(db, narrowed(call, project), limit)
        known = await fresh_at(db)
    return fresh(Recurrings(items=tuple(rows)), known)


HANDLES: Final[Handles] = {
    "stats_series": series,
    "stats_breakdown": breakdown,
    "stats_compare": compare,
    "stats_trends": trends,
    "stats_impact": impact,
    "stats_workload": workload,
    "stats_services": services,
    "stats_recurring": recurring,
}
