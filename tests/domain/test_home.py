"""Root exception, custom fingerprint and home key (grouping.md 2 and 3.1)."""

from typing import Any

import pytest

from domain.home import settle
from domain.roots import type_chain
from schemas.error_event import CustomFingerprint, ErrorEvent, ExceptionInfo, Message
from tests.builders import a_frame, an_event, an_exception

OWN = a_frame()
LIBRARY = a_frame(in_app=False, function="get", module="lib.client")


def raised(name: str, *frames: Any, **more: Any) -> ExceptionInfo:
    return an_exception(type=name, frames=frames, **more)


def chained(name: str, number: int, parent: int | None, *frames: Any, group: bool = False) -> ExceptionInfo:
    return raised(name, *frames, exception_id=number, parent_id=parent, is_group=group)


@pytest.mark.parametrize(
    ("exceptions", "root", "chain"),
    [
        pytest.param((), -1, (), id="no exception, no root"),
        pytest.param((raised("A", OWN),), 0, ("A",), id="the only one"),
        pytest.param((raised("A", OWN), raised("B", OWN)), 0, ("A", "B"), id="the cause comes first"),
        pytest.param((raised("A", LIBRARY), raised("B", OWN)), 1, ("A", "B"), id="the first with frames of ours"),
        pytest.param((raised("A"), raised("B", LIBRARY)), 1, ("A", "B"), id="else the first with frames"),
        pytest.param((raised("A"), raised("B")), 1, ("A", "B"), id="else the outermost"),
        pytest.param((raised("A", OWN), raised("A", OWN)), 0, ("A",), id="repeats are dropped from the chain"),
        pytest.param(
            (raised("A", LIBRARY), raised("ExecutionException", OWN)), 0, ("A",), id="a wrapper does not count"
        ),
        pytest.param(
            (raised("A"), raised("ExecutionException", OWN)),
            1,
            ("A", "ExecutionException"),
            id="a wrapper is the root when only it has a stack",
        ),
        pytest.param((raised("ExecutionException", OWN),), 0, ("ExecutionException",), id="a lone wrapper counts"),
        pytest.param(
            (raised("A", OWN), raised("React ErrorBoundary A", OWN, synthetic=True)),
            0,
            ("A",),
            id="a synthetic one beside a real one does not count",
        ),
        pytest.param((raised("SIGSEGV", OWN, synthetic=True),), 0, ("crash",), id="a lone synthetic one counts"),
        pytest.param((raised("Message", OWN, synthetic=True),), 0, (), id="the stack of a message has no type"),
    ],
)
def test_root_and_chain(exceptions: tuple[ExceptionInfo, ...], root: int, chain: tuple[str, ...]) -> None:
    event = an_event(exceptions=exceptions, message=Message(formatted="m"))
    assert event.root == root
    assert type_chain(event.exceptions, event.root, event.platform) == chain


def a_group(*children: ExceptionInfo) -> tuple[ExceptionInfo, ...]:
    return (*children, chained("ExceptionGroup", 0, None, OWN, group=True))


def test_siblings_of_a_group_have_no_order() -> None:
    one, other = chained("ValueError", 1, 0, OWN), chained("KeyError", 2, 0, OWN)
    here, there = an_event(exceptions=a_group(one, other)), an_event(exceptions=a_group(other, one))
    assert here.root_type == there.root_type == "KeyError"
    assert type_chain(here.exceptions, here.root, "python") == type_chain(there.exceptions, there.root, "python")


def test_the_child_with_a_stack_of_ours_stands_for_the_group() -> None:
    event = an_event(exceptions=a_group(chained("Aaa", 1, 0), chained("Zzz", 2, 0, OWN)))
    assert event.root_type == "Zzz"


def test_a_cause_inside_the_chosen_branch_is_the_root() -> None:
    cause, child = chained("OSError", 3, 1, OWN), chained("ValueError", 1, 0, OWN)
    event = an_event(exceptions=a_group(cause, child, chained("Zzz", 2, 0, OWN)))
    assert event.root_type == "OSError"
    assert type_chain(event.exceptions, event.root, "python") == ("OSError", "ValueError")


@pytest.mark.parametrize(
    ("fields", "home_key"),
    [
        pytest.param({}, "1|KeyError", id="project and root type"),
        pytest.param({"project_id": 7}, "7|KeyError", id="another project"),
        pytest.param({"exceptions": (), "message": Message(formatted="m")}, "1|message", id="no exception"),
        pytest.param(
            {"exceptions": (raised("Message", OWN, synthetic=True),), "message": Message(formatted="m")},
            "1|message",
            id="a message with a stack",
        ),
        pytest.param({"fingerprint": ("a", "b")}, "1|fp:f04cdced9736a69d", id="a custom fingerprint"),
        pytest.param({"fingerprint": ("{{ default }}",)}, "1|KeyError", id="the default is nothing special"),
        pytest.param({"fingerprint": ("{{default}}", "b")}, "1|KeyError", id="with the default frames still count"),
    ],
)
def test_home_key(fields: dict[str, Any], home_key: str) -> None:
    assert an_event(**fields).home_key == home_key


@pytest.mark.parametrize(
    ("asked", "custom"),
    [
        pytest.param((), None, id="nothing asked"),
        pytest.param(("{{ default }}",), None, id="only the default"),
        pytest.param(("a", "b"), CustomFingerprint(parts=("a", "b")), id="parts as they are"),
        pytest.param(
            ("{{ default }}", "a"), CustomFingerprint(parts=("a",), has_default=True), id="beside the default"
        ),
        pytest.param(("{{ type }}",), CustomFingerprint(parts=("OrderError",)), id="type of the outermost"),
        pytest.param(("{{ error.type }}",), CustomFingerprint(parts=("OrderError",)), id="an alias"),
        pytest.param(("{{ function }}",), CustomFingerprint(parts=("refuse",)), id="function of the crash frame"),
        pytest.param(("{{ module }}",), CustomFingerprint(parts=("shop.views",)), id="module of the crash frame"),
        pytest.param(("{{ path }}",), CustomFingerprint(parts=("shop/views.py",)), id="path of the crash frame"),
        pytest.param(("{{ package }}",), CustomFingerprint(parts=("<no-package>",)), id="missing values have a name"),
        pytest.param(("{{ transaction }}",), CustomFingerprint(parts=("POST /pay",)), id="transaction"),
        pytest.param(("{{ level }}",), CustomFingerprint(parts=("error",)), id="level"),
        pytest.param(("{{ logger }}",), CustomFingerprint(parts=("<no-logger>",)), id="logger"),
        pytest.param(("{{ tags.shard }}",), CustomFingerprint(parts=("3",)), id="a tag"),
        pytest.param(("{{ tags.x }}",), CustomFingerprint(parts=("<no-value-for-tag-x>",)), id="a missing tag"),
        pytest.param(("order {{ level }}!",), CustomFingerprint(parts=("order error!",)), id="within a text"),
        pytest.param(("{{ nope }}",), CustomFingerprint(parts=("{{ nope }}",)), id="unknown variables stay"),
        pytest.param(
            ("order 123456 refused",), CustomFingerprint(parts=("order <num> refused",)), id="str(error) is a skeleton"
        ),
        pytest.param(("{{ message }}",), CustomFingerprint(parts=("order <num> refused",)), id="so is the message"),
        pytest.param(("{{ value }}",), CustomFingerprint(parts=("order <num> refused",)), id="and the value"),
    ],
)
def test_custom(asked: tuple[str, ...], custom: CustomFingerprint | None) -> None:
    outermost = an_exception(type="OrderError", value="order 123456 refused", frames=(a_frame(function="refuse"),))
    event = an_event(
        exceptions=(an_exception(), outermost), fingerprint=asked, transaction="POST /pay", tags={"shard": "3"}
    )
    assert event.custom == custom


def test_settling_again_changes_nothing() -> None:
    event = an_event(fingerprint=("{{ default }}", "{{ message }}"))
    assert settle(event) == event
    assert isinstance(event, ErrorEvent)
