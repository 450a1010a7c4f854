"""Fingerprint rules: what people write, what it matches, and where it is refused (grouping.md 6.1)."""

from typing import Any

import pytest

from domain.fingerprint_rules import NO_RULES, Rules, rule_fingerprint
from domain.home import settle
from domain.rule_text import RuleProblem, compiled, parse
from schemas.error_event import CustomFingerprint, Message
from schemas.settings.project import FingerprintRulesSettings
from tests.builders import a_frame, an_event, an_exception

EVENT: dict[str, Any] = {
    "exceptions": (
        an_exception(type="KeyError", value="'amount'", frames=(a_frame(),)),
        an_exception(
            type="db.Unavailable",
            value="Connection refused: 10.0.0.1",
            frames=(
                a_frame(function="run", module="lib.pool", filename="lib/pool.py", in_app=False),
                a_frame(function="pay", module="shop.views", filename="views.py", abs_path="C:\\shop\\Views.py"),
            ),
        ),
    ),
    "message": Message(formatted="Payment failed"),
    "logger": "shop.pay",
    "release": "shop@2.4.1",
    "sdk": "sentry.python/2.1",
    "tags": {"shard": "3"},
    "transaction": "POST /pay",
}


def rules(text: str) -> Rules:
    found = parse(text)
    assert isinstance(found, Rules), found
    return found


@pytest.mark.parametrize(
    ("matchers", "matches"),
    [
        pytest.param("type:db.Unavailable", True, id="the type, exactly"),
        pytest.param("error.type:db.Unavailable", True, id="by its long name"),
        pytest.param("type:db.unavailable", False, id="the case of a type matters"),
        pytest.param("type:db.*", True, id="a star"),
        pytest.param("type:db", False, id="a part is not enough"),
        pytest.param("type:KeyErro?", True, id="a question mark; any exception counts"),
        pytest.param("type:[JK]eyError", True, id="a class of letters"),
        pytest.param("type:[!K]eyError", False, id="a negated class"),
        pytest.param("value:*connection*", True, id="the case of a value does not matter"),
        pytest.param("type:KeyError value:*refused*", False, id="both must hold for one exception"),
        pytest.param("type:db.* value:*refused*", True, id="and here they do"),
        pytest.param("message:payment*", True, id="the message"),
        pytest.param("message:*refused*", True, id="message tests values, too"),
        pytest.param("logger:shop.*", True, id="logger"),
        pytest.param("logger:SHOP.*", False, id="the case of a logger matters"),
        pytest.param("level:ERROR", True, id="the case of a level does not"),
        pytest.param("release:SHOP@*", True, id="nor that of a release"),
        pytest.param("sdk:sentry.python", True, id="sdk without its version"),
        pytest.param("tags.shard:3", True, id="a tag"),
        pytest.param("tags.other:*", False, id="a missing tag matches nothing"),
        pytest.param("!tags.other:*", True, id="and its negation everything"),
        pytest.param("family:other", True, id="family"),
        pytest.param("function:pay", True, id="a function"),
        pytest.param("function:pay module:lib.*", False, id="both must hold for one frame"),
        pytest.param("stack.function:run stack.module:lib.*", True, id="and here they do"),
        pytest.param("function:run app:yes", False, id="app is the frame's"),
        pytest.param("function:pay app:yes", True, id="app"),
        pytest.param("path:**/views.py", True, id="a path in any folder, either slash, any case"),
        pytest.param("path:c:*views.py", False, id="one star stays in its folder"),
        pytest.param("path:c:**views.py", True, id="two stars do not"),
        pytest.param("path:lib/*.py", True, id="a star within one folder"),
        pytest.param("!function:pay", True, id="a frame that is not it"),
        pytest.param('message:"payment failed"', True, id="a value with a blank in quotes"),
    ],
)
def test_matchers(matchers: str, matches: bool) -> None:
    found = rule_fingerprint(an_event(**EVENT), rules(f"{matchers} -> x"))
    assert (found is not None) is matches


def test_the_first_match_wins_and_carries_its_name() -> None:
    written = rules('# pools\n\ntype:Nope -> a\ntype:db.* -> pool, {{ transaction }} title="No pool"\ntype:db.* -> c')
    found = rule_fingerprint(an_event(**EVENT), written)
    assert found == CustomFingerprint(
        parts=("pool", "POST /pay"), rule_id=written.rules[1].rule_id, rules_version=1, title="No pool"
    )


def test_a_rule_replaces_the_clients_fingerprint_and_both_are_kept() -> None:
    event = settle(an_event(**EVENT, fingerprint=("mine",)), rules("type:db.* -> ours"))
    assert event.fingerprint == ("mine",)
    assert event.custom is not None
    assert event.custom.parts == ("ours",)
    assert event.home_key.startswith("1|fp:")


def test_a_rule_may_ask_for_the_default_against_the_client() -> None:
    event = settle(an_event(**EVENT, fingerprint=("mine",)), rules("type:db.* -> {{ default }}"))
    assert event.custom is not None
    assert (event.custom.parts, event.custom.has_default) == ((), True)
    assert event.home_key == "1|KeyError"


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        pytest.param("type:A", 1, 7, "`->` is missing", id="no arrow"),
        pytest.param("\n# x\n  -> a", 3, 3, "a matcher is missing before `->`", id="no matcher"),
        pytest.param("type:A ->", 1, 10, "a part is missing behind `->`", id="no part"),
        pytest.param("type:A fn:b -> x", 1, 8, "unknown matcher `fn`", id="unknown matcher"),
        pytest.param("type -> x", 1, 1, "a matcher reads `name:pattern`", id="no pattern"),
        pytest.param("type:A -> a, {{ tpye }}", 1, 14, "unknown variable `tpye`", id="unknown variable"),
        pytest.param('type:"A -> x', 1, 6, "the quote is never closed", id="open quote"),
        pytest.param("type:[z-a] -> x", 1, 1, "not a pattern: `[z-a]`", id="broken class"),
        pytest.param("type:" + "a" * 501 + " -> x", 1, 1, "a pattern has at most 500 characters", id="long pattern"),
        pytest.param("type:A -> " + "a" * 201, 1, 11, "a part has at most 200 characters", id="long part"),
        pytest.param("type:A -> x{{ default }}", 1, 11, "`{{ default }}` is a part of its own", id="default in a text"),
        pytest.param("type:A -> " + ",".join("a" * 21), 1, 10, "a fingerprint has at most 20 parts", id="many parts"),
        pytest.param("type:A -> x\n" * 201, 201, 1, "more than 200 rules", id="many rules"),
    ],
)
def test_refused(text: str, line: int, column: int, reason: str) -> None:
    assert parse(text) == RuleProblem(line, column, reason)


def test_a_part_in_quotes_may_hold_a_comma() -> None:
    assert rules('type:A -> "a, b", c').rules[0].parts == ("a, b", "c")


def test_a_project_without_rules_or_with_broken_ones_has_none() -> None:
    assert compiled(None) == compiled(FingerprintRulesSettings(text="nonsense")) == NO_RULES
    assert compiled(FingerprintRulesSettings(text="type:A -> b", version=4)).version == 4


def test_an_id_names_the_rule_not_its_line() -> None:
    one, other = rules("type:A  -> b"), rules("# moved\ntype:A -> b")
    assert one.rules[0].rule_id == other.rules[0].rule_id
