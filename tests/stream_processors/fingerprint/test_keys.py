"""Which errors are one issue: the keys of grouping.md 4, seen from outside."""

from typing import Any

import pytest

from schemas.error_event import ErrorEvent, Message
from schemas.kinds import Matched
from tests.stream_processors.fingerprint.events import Stage, a_message, an_error, at, raised

PAY = at("shop.views::pay", "net = order['amount']")
CHECKOUT = at("shop.cart::checkout", "pay(order)")
DISPATCH = at("shop.urls::dispatch", "return view(request)")


def key_error(*frames: Any, value: str = "'amount'", **fields: Any) -> ErrorEvent:
    return an_error(raised("KeyError", value, *frames), **fields)


USUAL = key_error(PAY, CHECKOUT, DISPATCH)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(key_error(PAY, CHECKOUT, at("shop.jobs::run", "x()")), id="another caller"),
        pytest.param(key_error(PAY, DISPATCH), id="a caller less"),
        pytest.param(
            key_error(at("shop.views::pay", "net = order['amount']", lineno=99), CHECKOUT), id="another line number"
        ),
        pytest.param(key_error(at("shop.views::pay", '    net=order["amount"];'), CHECKOUT), id="a formatter ran"),
        pytest.param(key_error(PAY, CHECKOUT, DISPATCH, release="shop@9", environment="eu"), id="another release"),
        pytest.param(
            key_error(at("shop.views::pay", "net = order['amount'] or 0"), CHECKOUT, DISPATCH), id="a reworded line"
        ),
        pytest.param(
            key_error(at("shop.views::pay"), at("shop.cart::checkout"), at("shop.urls::dispatch")), id="no source lines"
        ),
    ],
)
def test_the_same_bug(other: ErrorEvent) -> None:
    stage = Stage()
    assert stage.issue(USUAL) == stage.issue(other)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(an_error(raised("TypeError", "'amount'", PAY, CHECKOUT, DISPATCH)), id="another type"),
        pytest.param(
            key_error(at("shop.views::refund", "net = order['amount']"), CHECKOUT, DISPATCH), id="another function"
        ),
        pytest.param(
            key_error(at("shop.refunds::pay", "net = order['amount']"), CHECKOUT, DISPATCH), id="another module"
        ),
        pytest.param(
            key_error(at("shop.views::pay", "tax = order['tax']"), CHECKOUT, DISPATCH, value="'tax'"),
            id="another statement",
        ),
        pytest.param(
            an_error(raised("KeyError", "'amount'", PAY), raised("OrderError", "no", CHECKOUT)),
            id="another outer exception",
        ),
        pytest.param(key_error(PAY, CHECKOUT, DISPATCH, project_id=2), id="another project"),
    ],
)
def test_another_bug(other: ErrorEvent) -> None:
    stage = Stage()
    assert stage.issue(USUAL) != stage.issue(other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("peer 10.1.2.3 closed", "peer 10.9.9.9 closed", True, id="another value"),
        pytest.param("peer 10.1.2.3 closed", "peer 10.1.2.3 reset", False, id="another word"),
        pytest.param("no table 'orders'", "no table 'carts'", False, id="another quoted name"),
        pytest.param("file '/a/b.txt' is gone", "file '/c/d.txt' is gone", True, id="another quoted value"),
    ],
)
def test_messages(one: str, other: str, same: bool) -> None:
    stage = Stage()
    assert (stage.issue(a_message(one)) == stage.issue(a_message(other))) is same


def test_a_loggers_template_is_better_than_its_text() -> None:
    stage = Stage()
    said = [Message(formatted=f"user {name} left", template="user %s left", params=(name,)) for name in ("ann", "bob")]
    assert stage.issue(an_error(message=said[0])) == stage.issue(an_error(message=said[1]))


def java(*frames: Any, kind: str = "NullPointerException", value: str = "", **fields: Any) -> ErrorEvent:
    return an_error(raised(kind, value, *frames), platform="java", **fields)


NPE = 'Cannot invoke "String.trim()" because "name" is null'


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(
            java(at("a.B::f"), value="row 1 of x"), java(at("a.B::f"), value="line of y"), True, id="words do not split"
        ),
        pytest.param(
            java(at("a.B::f"), value=NPE),
            java(at("a.B::f"), value=NPE.replace("name", "city")),
            False,
            id="text of the compiler does",
        ),
        pytest.param(java(at("a.B::lambda$f$1")), java(at("a.B::lambda$f$7")), True, id="lambdas are renumbered"),
        pytest.param(
            java(at("a.B::f")),
            java(at("a.B::f"), at("a.B$$EnhancerBySpringCGLIB$$1a::f"), at("a.C::g")),
            True,
            id="a proxy appears",
        ),
        pytest.param(
            java(at("a.B::f")),
            an_error(
                raised("java.lang.NullPointerException", "", at("a.B::f")),
                raised("java.util.concurrent.ExecutionException", "x", at("a.Pool::get")),
                platform="java",
            ),
            True,
            id="a thread pool wraps it",
        ),
    ],
)
def test_java(one: ErrorEvent, other: ErrorEvent, same: bool) -> None:
    stage = Stage()
    assert (stage.issue(one) == stage.issue(other)) is same


def check(caller: str, line: str = "ensure_valid(order)") -> ErrorEvent:
    return an_error(raised("RuleError", "not valid", at("lib.rules::ensure_valid", "raise problem"), at(caller, line)))


def test_the_site_lies_behind_a_helper() -> None:
    stage = Stage()
    assert stage.issue(check("shop.views::pay")) != stage.issue(check("shop.views::refund"))
    assert stage.why(check("shop.cart::checkout")).helpers == ("lib.rules::ensure_valid",)


def test_a_chain_has_four_frames_at_most() -> None:
    helpers = [at(f"lib.rules{number}::check") for number in range(6)]
    why = Stage().why(an_error(raised("E", "x", *helpers, at("shop.views::pay"))))
    assert (why.helpers, why.anchor) == (tuple(f"lib.rules{n}::check" for n in range(3)), "lib.rules3::check")


def test_a_nameless_frame_is_not_the_anchor() -> None:
    why = Stage().why(
        an_error(raised("E", "x", at("shop.views::<listcomp>", "f(x) for x in y"), at("shop.views::pay", "f(y)")))
    )
    assert why.anchor == "shop.views::pay"


def test_a_stack_of_a_library_is_known_by_three_frames() -> None:
    frames = [at(f"lib.client::{name}", in_app=False) for name in ("read", "recv", "get", "run")]
    why = Stage().why(an_error(raised("E", "timed out", *frames)))
    assert ((*why.helpers, why.anchor)) == ("lib.client::read", "lib.client::recv", "lib.client::get")


@pytest.mark.parametrize("kind", ["RecursionError", "StackOverflowError"])
def test_a_recursion_is_known_by_its_cycle(kind: str) -> None:
    stage = Stage()
    cycle = [at("a.b::f"), at("a.b::g")] * 20
    one, other = raised(kind, "", *cycle, at("a.b::start")), raised(kind, "", *cycle[1:], at("a.b::main"))
    assert stage.issue(an_error(one)) == stage.issue(an_error(other))


def test_native_checks_are_told_apart_by_their_condition() -> None:
    stage = Stage()
    events = [
        an_error(raised("CHECK", f"a.cc:1] Check failed: {text}", at("::pay(int)", module="")), platform="native")
        for text in ("n < size()", "p != nullptr")
    ]
    assert len(set(stage.issues(*events))) == 2


def web(function: str, value: str, file: str = "https://shop.test/assets/app.js", **fields: Any) -> ErrorEvent:
    frame = at(function, module="", filename=file, **fields)
    return an_error(raised("TypeError", value, frame), platform="javascript")


def test_minified_frames_make_a_weak_key() -> None:
    stage = Stage()
    chrome = stage.occurrence(web("a", "Cannot read properties of undefined (reading 'price')"))
    safari = stage.occurrence(web("b", "undefined is not an object (evaluating 't.price')"))
    assert (chrome.issue_id, chrome.weak) == (safari.issue_id, True)
    assert stage.issue(web("a", "x.pay is not a function")) != chrome.issue_id


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(web("a", "Loading chunk 3 failed."), web("b", "Loading chunk 9 failed."), True, id="chunks"),
        pytest.param(web("a", "Script error."), web("b", "Script error"), True, id="script error"),
        pytest.param(
            web("f", "x", "chrome-extension://abc/a.js"),
            web("g", "y", "moz-extension://def/b.js"),
            True,
            id="extensions",
        ),
        pytest.param(web("pay", "Script error of ours"), web("b", "Script error"), False, id="words behind it"),
    ],
)
def test_families(one: ErrorEvent, other: ErrorEvent, same: bool) -> None:
    stage = Stage()
    assert (stage.issue(one) == stage.issue(other)) is same


def test_hydration_is_one_issue_per_page() -> None:
    stage = Stage()
    texts = ["Hydration failed because the initial UI", "Minified React error #418; visit https://react.dev"]
    first, second, elsewhere = (
        an_error(raised("Error", text), platform="javascript", transaction=page)
        for text, page in ((texts[0], "/cart"), (texts[1], "/cart"), (texts[0], "/home"))
    )
    assert stage.issue(first) == stage.issue(second) != stage.issue(elsewhere)


@pytest.mark.parametrize(
    ("fingerprint", "same"),
    [
        pytest.param(("a",), True, id="without the default frames are ignored"),
        pytest.param(("{{ default }}", "a"), False, id="with it they count"),
    ],
)
def test_custom_fingerprints(fingerprint: tuple[str, ...], same: bool) -> None:
    stage = Stage()
    one, other = (key_error(frame, fingerprint=fingerprint) for frame in (PAY, at("a.b::c", "x = y['z']")))
    assert (stage.issue(one) == stage.issue(other)) is same


def test_the_default_is_salted_by_what_stands_beside_it() -> None:
    stage = Stage()
    plain, salted = key_error(PAY), key_error(PAY, fingerprint=("{{ default }}", "a"))
    assert stage.issue(plain) != stage.issue(salted)
    assert stage.issue(salted) == stage.issue(key_error(PAY, CHECKOUT, fingerprint=("{{ default }}", "a")))


@pytest.mark.parametrize(
    ("event", "kinds"),
    [
        pytest.param(
            USUAL,
            [Matched.SITE, Matched.PATH, Matched.BARE, Matched.SITE],
            id="with sources: site and path, bare for others",
        ),
        pytest.param(key_error(at("shop.views::pay")), [Matched.BARE, Matched.SITE], id="without: bare and site"),
        pytest.param(java(at("a.B::f")), [Matched.SITE, Matched.PATH], id="no sources to be had: site and path"),
        pytest.param(
            java(at("a.B::f"), at("a.C::g")),
            [Matched.SITE, Matched.PATH, Matched.SITE],
            id="the opener also the next site",
        ),
        pytest.param(a_message("x"), [Matched.MESSAGE], id="a message has one"),
        pytest.param(key_error(PAY, fingerprint=("a",)), [Matched.CUSTOM], id="so has a custom fingerprint"),
        pytest.param(web("a", "Script error"), [Matched.FAMILY], id="and a family"),
    ],
)
def test_keys_that_an_opener_teaches(event: ErrorEvent, kinds: list[Matched]) -> None:
    found = Stage().occurrence(event)
    assert [each.kind for each in found.new_keys] == kinds
    assert all(each.opener for each in found.new_keys)
