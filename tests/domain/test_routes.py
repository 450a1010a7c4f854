import pytest

from domain.routes import DEFAULT_ROOT, labels_of, routes_for
from schemas.issue_changed import IssueSnapshot
from schemas.kinds import Severity, Status
from schemas.settings.alerting import Matcher, RouteSettings
from schemas.settings.project import ProjectSettings


def a_route(order: int, *matchers: tuple[str, str], **more: object) -> RouteSettings:
    given = tuple(Matcher(label=label, value=value) for label, value in matchers)
    return RouteSettings(order=order, matchers=given, **more)  # type: ignore[arg-type]


TREE = {
    "root": RouteSettings(receivers=("role:member",), group_by=("service",), mute_windows=("night",)),
    "pay": a_route(1, ("service", "pay"), receivers=("channel:pay",)),
    "audit": a_route(0, ("service", "pay"), receivers=("channel:audit",), goes_on=True),
    "pay-critical": a_route(0, ("severity", "critical"), parent="pay", receivers=("channel:war-room",)),
    "pay-quiet": a_route(1, ("severity", "medium"), parent="route:1:pay", group_interval_s=900),
    "web": a_route(2, ("service", "web"), group_by=("type",)),
    "last": a_route(9, ("environment", "staging"), receivers=("channel:staging",)),
}


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        pytest.param({}, ["root"], id="nothing matches: the root"),
        pytest.param({"service": "pay"}, ["audit", "pay"], id="one that goes on, then the first that matches"),
        pytest.param({"service": "pay", "severity": "critical"}, ["audit", "pay-critical"], id="the deepest wins"),
        pytest.param({"service": "pay", "severity": "medium"}, ["audit", "pay-quiet"], id="a parent as setting id"),
        pytest.param({"service": "web", "environment": "staging"}, ["web"], id="the first sibling ends the search"),
        pytest.param({"environment": "staging"}, ["last"], id="a later sibling"),
    ],
)
def test_routes_for(labels: dict[str, str], expected: list[str]) -> None:
    assert [route.id for route in routes_for(TREE, labels)] == expected


def test_children_inherit_what_they_leave_out() -> None:
    (web,) = routes_for(TREE, {"service": "web"})
    assert (web.receivers, web.group_by, web.mute_windows) == (("role:member",), ("type",), ("night",))
    quiet = routes_for(TREE, {"service": "pay", "severity": "medium"})[1]
    assert (quiet.receivers, quiet.group_interval_s) == (("channel:pay",), 900)
    assert quiet.why == ('service="pay"', 'severity="medium"')


def test_a_project_without_routes_has_the_default_root() -> None:
    (root,) = routes_for({}, {"service": "pay"})
    assert root.receivers == DEFAULT_ROOT.receivers


def test_the_root_cannot_refuse() -> None:
    tree = {"root": a_route(0, ("service", "nothing"), receivers=("staff",))}
    assert [route.id for route in routes_for(tree, {})] == ["root"]


def test_parents_in_a_circle_are_never_reached() -> None:
    tree = {"a": a_route(0, parent="b"), "b": a_route(0, parent="a")}
    assert [route.id for route in routes_for(tree, {})] == ["root"]


def test_labels_of() -> None:
    issue = IssueSnapshot(
        status=Status.NEW, severity=Severity.HIGH, service="pay", place="src/pay.py:42", tags={"shard": "3"}
    )
    labels = labels_of(issue, Severity.CRITICAL, ProjectSettings(slug="shop", name="Shop", team="money"))
    assert labels["severity"] == "critical"
    assert (labels["path"], labels["tag.shard"]) == ("src/pay.py", "3")
    assert (labels["project"], labels["team"], labels["owner"]) == ("shop", "money", "")
