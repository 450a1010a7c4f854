"""Why an issue is what it is: asked of the stored chain."""

from typing import Annotated, Final

from litestar.params import QueryParameter

from query_api import explain
from query_api.explain import About, Why
from query_api.protocol.wiring import Handles, TheCall, TheDesk
from query_api.queries import issues
from query_api.queries import why as stored
from query_api.views import SEVERITIES

Abouts = Annotated[tuple[About, ...], QueryParameter(description="what to explain; all by default", max_items=4)]


async def show_why(call: TheCall, desk: TheDesk, about: Abouts = ()) -> Why:
    """Why it is grouped, graded, assigned and told so."""
    asked = set(about or About)
    async with desk.store.within(call.seen) as db:
        row = await issues.one(db, call.target)
        keys = await stored.keys(db, row.issue_id) if About.GROUP in asked else []
        rules = await stored.rules(db, row.issue_id) if About.ALERT in asked else []
        steps, deliveries = await stored.steps(db, row.issue_id) if About.ALERT in asked else ([], [])
    graded = explain.Grade(severity=SEVERITIES[row.severity], why=tuple(row.severity_why or ()))
    return Why(
        issue_id=row.issue_id,
        group=tuple(explain.group_key(key) for key in keys),
        severity=graded if About.SEVERITY in asked else None,
        assignee=explain.holder(row) if About.ASSIGNEE in asked else None,
        rules=tuple(explain.rule_told(rule) for rule in rules),
        steps=tuple(explain.step(step, tuple(deliveries)) for step in steps),
    )


HANDLES: Final[Handles] = {"issues_why": show_why}
