"""Filters of alert rules: a field, an operator, a value."""

import pytest

from domain.filters import compiled, glob
from schemas.kinds import Level, Severity
from schemas.settings.alerting import RuleFilter
from tests.builders import AT, an_occurrence
from tests.domain.test_conditions import some_facts
from tests.domain.test_releases import LINE

SEEN = an_occurrence(
    release="shop@2.0.0",
    level=Level.ERROR,
    sdk="sentry.python/2.0",
    tags={"customer": "acme", "url": "https://shop.test/pay"},
)


@pytest.mark.parametrize(
    ("field", "op", "value", "holds"),
    [
        pytest.param("environment", "=", "production", True, id="environment is"),
        pytest.param("environment", "!=", "production", False, id="environment is not"),
        pytest.param("release", "=", "shop@2.0.0", True, id="release is"),
        pytest.param("release", ">=", "shop@1.0.0", True, id="release not before another"),
        pytest.param("release", ">=", "shop@1.1.1", False, id="release on another line"),
        pytest.param("release", "=", "latest", False, id="release is the latest declared: the hotfix is"),
        pytest.param("first_release", "=", "shop@1.0.0", True, id="first seen in"),
        pytest.param("level", "=", "error", True, id="level is"),
        pytest.param("level", ">=", "warning", True, id="level at least"),
        pytest.param("level", ">=", "fatal", False, id="level not so bad"),
        pytest.param("handled", "=", "no", True, id="handled no"),
        pytest.param("handled", "=", "yes", False, id="handled yes"),
        pytest.param("platform", "=", "python", True, id="platform"),
        pytest.param("sdk", "contains", "PYTHON", True, id="contains ignores case"),
        pytest.param("type", "=", "KeyError", True, id="exception type"),
        pytest.param("message", "contains", "amount", True, id="message contains"),
        pytest.param("message", "~", r"'\w+'$", True, id="message matches somewhere"),
        pytest.param("message", "~", "(", False, id="a broken expression never holds"),
        pytest.param("path", "glob", "shop/*.py", True, id="path by file"),
        pytest.param("path", "glob", "shop.views", True, id="path by module"),
        pytest.param("path", "glob", "/pay", True, id="path by route"),
        pytest.param("path", "glob", "**/pay", True, id="path by URL"),
        pytest.param("path", "glob", "cart/*", False, id="another path"),
        pytest.param("tag.customer", "=", "acme", True, id="tag is"),
        pytest.param("tag.customer", "!=", "acme", False, id="tag is not"),
        pytest.param("tag.customer", "set", "", True, id="tag is set"),
        pytest.param("tag.region", "set", "", False, id="tag is not there"),
        pytest.param("tag.region", "missing", "", True, id="tag is missing"),
        pytest.param("assigned", "missing", "", True, id="assigned to nobody"),
        pytest.param("status", "=", "ongoing", True, id="status"),
        pytest.param("severity", ">=", "high", True, id="severity at least"),
        pytest.param("severity", "=", "critical", False, id="severity another"),
        pytest.param("age", ">=", "1d", True, id="age: exactly a day"),
        pytest.param("age", ">=", "1441", False, id="age: a minute more than it has"),
        pytest.param("total", ">=", "10", True, id="total at least"),
        pytest.param("total", "!=", "10", False, id="total is not"),
        pytest.param("total", ">=", "many", False, id="a number that is none never holds"),
        pytest.param("total", "~", "10", False, id="an operator that does not fit never holds"),
        pytest.param("suspect", "set", "", True, id="a commit of the first release is known"),
        pytest.param("weather", "=", "rain", False, id="an unknown field never holds"),
        pytest.param("environment", "<", "production", False, id="an unknown operator never holds"),
    ],
)
def test_filters(field: str, op: str, value: str, holds: bool) -> None:
    facts = some_facts(
        occurrence=SEEN,
        releases=LINE,
        first_release="shop@1.0.0",
        severity=Severity.HIGH,
        first_seen_at=AT - 86_400_000,
    )
    assert compiled(RuleFilter(field=field, op=op, value=value)).holds(facts) is holds


def test_the_trace_shows_what_was_looked_at() -> None:
    check = compiled(RuleFilter(field="path", op="glob", value="shop/*"))
    assert check.shown(some_facts(occurrence=SEEN)) == "shop/views.py shop.views /pay https://shop.test/pay"


def test_an_expression_costs_more_than_a_comparison() -> None:
    fields = (("message", "~"), ("path", "glob"), ("release", ">="), ("message", "contains"), ("environment", "="))
    costs = [compiled(RuleFilter(field=field, op=op, value="x")).cost for field, op in fields]
    assert costs == sorted(costs, reverse=True)


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        pytest.param("a/*.py", "a/b.py", True, id="a star"),
        pytest.param("a/*.py", "a/b/c.py", False, id="a star does not cross a slash"),
        pytest.param("a/**.py", "a/b/c.py", True, id="two stars do"),
        pytest.param("a?c", "abc", True, id="one character"),
        pytest.param("a?c", "a/c", False, id="but no slash"),
        pytest.param("a.c", "abc", False, id="a dot is a dot"),
        pytest.param("A", "a", False, id="case counts"),
    ],
)
def test_glob(pattern: str, text: str, fits: bool) -> None:
    assert glob(pattern)(text) is fits
