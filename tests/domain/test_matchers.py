import pytest

from domain.matchers import holds, matches, refuses_empty, shown
from schemas.settings.alerting import Matcher


@pytest.mark.parametrize(
    ("op", "wanted", "value", "held"),
    [
        pytest.param("=", "shop", "shop", True, id="equal"),
        pytest.param("=", "shop", "shops", False, id="equal means the whole value"),
        pytest.param("=", "", "", True, id="a missing label equals the empty text"),
        pytest.param("!=", "shop", "", True, id="a missing label is not shop"),
        pytest.param("!=", "shop", "shop", False, id="not equal"),
        pytest.param("=~", "sh.p", "shop", True, id="an expression"),
        pytest.param("=~", "sh", "shop", False, id="an expression matches the whole value"),
        pytest.param("=~", "shop|pay", "pay", True, id="alternatives are anchored together"),
        pytest.param("=~", ".*", "", True, id="anything matches the empty text"),
        pytest.param("!~", "sh.p", "shop", False, id="not the expression"),
        pytest.param("!~", "sh", "shop", True, id="a part is not the whole"),
        pytest.param("=~", "(", "(", False, id="a broken expression matches nothing"),
        pytest.param("!~", "(", "x", False, id="nor does its negation"),
        pytest.param("~", "x", "x", False, id="an unknown operator never holds"),
        pytest.param("=~", "(a+)+b", "a" * 5000, False, id="no expression takes exponential time"),
    ],
)
def test_holds(op: str, wanted: str, value: str, held: bool) -> None:
    assert holds(Matcher(label="service", op=op, value=wanted), value) is held


@pytest.mark.parametrize(
    ("matchers", "held"),
    [
        pytest.param([], True, id="none match everything"),
        pytest.param([("service", "=", "shop"), ("team", "=", "pay")], True, id="all must hold"),
        pytest.param([("service", "=", "shop"), ("team", "=", "web")], False, id="one that fails is enough"),
        pytest.param([("owner", "=", "")], True, id="a label that is not there is empty"),
    ],
)
def test_matches(matchers: list[tuple[str, str, str]], held: bool) -> None:
    given = [Matcher(label=label, op=op, value=value) for label, op, value in matchers]
    assert matches(given, {"service": "shop", "team": "pay"}) is held


def test_refuses_empty() -> None:
    assert refuses_empty([Matcher(label="service", value="shop")])
    assert not refuses_empty([Matcher(label="service", op="!=", value="shop"), Matcher(label="x", op="=~", value=".*")])


def test_shown() -> None:
    assert shown(Matcher(label="service", op="=~", value="a|b")) == 'service=~"a|b"'
