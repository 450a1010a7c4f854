"""An event is the same after it was a document."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from domain.documents import Http, Joined, join, pack, split, stack_expiry
from schemas.error_event import Body, ErrorEvent, Request, Response, User
from schemas.wire import encode
from tests.builders import a_frame, an_event, an_exception

DAY_MS = 86_400_000


def restored(event: ErrorEvent, lost: frozenset[int] = frozenset()) -> Joined:
    parts = split(event)
    found = {stack.stack_id: pack(stack.raw) for number, stack in enumerate(parts.stacks) if number not in lost}
    return join(parts.document.body, parts.document.stacks, found)


SHAPES = [
    pytest.param(an_event(), id="an ordinary event"),
    pytest.param(an_event(exceptions=(), message=None), id="nothing in it"),
    pytest.param(an_event(modules={"django": "5.2", "psycopg": "3.3"}), id="a map of modules"),
    pytest.param(an_event(exceptions=tuple(an_exception(value=str(n)) for n in range(10)), modules={"a": "1"}),
                 id="ten exceptions with one stack and modules"),
    pytest.param(an_event(exceptions=(an_exception(frames=()), an_exception())), id="one without frames, one with"),
    pytest.param(
        an_event(exceptions=(an_exception(frames=(a_frame(), a_frame(vars={"o": "{}"}), a_frame(vars={"x": "1"}))),)),
        id="variables of some frames",
    ),
    pytest.param(an_event(contexts=Raw(b'{"a":{"b":[1,2.50]}}'), extra=Raw(b"[1,2]")), id="raw JSON stays as it was"),
    pytest.param(
        an_event(
            request=Request(method="POST", route="/pay", body=Body(text="a=1")),
            response=Response(status=500, duration_ms=0),
            user=User(id="u-1", data={"plan": "free"}),
            tags={"browser": "Chrome 126", "os": "x" * 90},
            trace_id="0af7651916cd43dd8448eb211c80319c",
        ),
        id="request, response, user, tags, trace",
    ),
]  # fmt: skip


@pytest.mark.parametrize("event", SHAPES)
def test_join_undoes_split(event: ErrorEvent) -> None:
    assert restored(event) == Joined(event, 0)
    assert encode(restored(event).event) == encode(event)


text = st.text(max_size=12)
frames = st.builds(a_frame, function=text, lineno=st.integers(0, 9), vars=st.dictionaries(text, text, max_size=2))
exceptions = st.builds(an_exception, value=text, frames=st.lists(frames, max_size=3).map(tuple))


@given(st.lists(exceptions, max_size=14).map(tuple), st.dictionaries(text, text, max_size=3))
def test_join_undoes_split_for_any_stacks(found: tuple[object, ...], modules: dict[str, str]) -> None:
    event = an_event(exceptions=found, modules=modules)
    assert restored(event).event == event
    assert len(split(event).stacks) <= 12


@pytest.mark.parametrize("modules", [{}, {"a": "1"}], ids=["without modules", "with modules"])
def test_at_most_twelve_stacks_are_shared(modules: dict[str, str]) -> None:
    event = an_event(exceptions=tuple(an_exception(value=str(n)) for n in range(13)), modules=modules)
    assert len(split(event).stacks) == 11 + bool(modules)
    assert restored(event).event == event


def test_a_lost_stack_costs_its_frames_and_is_counted() -> None:
    event = an_event(exceptions=(an_exception(frames=(a_frame(vars={"a": "1"}),)),), modules={"a": "1"})
    joined = restored(event, frozenset({0, 1}))
    assert joined.missing == 2
    assert joined.event == msgspec.structs.replace(event, exceptions=(an_exception(frames=()),), modules={})


def test_frames_that_differ_in_variables_only_share_one_stack() -> None:
    one = split(an_event(exceptions=(an_exception(frames=(a_frame(vars={"a": "1"}),)),)))
    two = split(an_event(exceptions=(an_exception(frames=(a_frame(vars={"a": "2"}),)),)))
    assert one.stacks == two.stacks
    assert one.document.body != two.document.body


def test_projects_share_no_stack() -> None:
    assert split(an_event(project_id=1)).stacks[0].stack_id != split(an_event(project_id=2)).stacks[0].stack_id


def test_the_searched_fields() -> None:
    document = split(SHAPES[-1].values[0]).document
    assert document.document_id == "1:9f3ab1c2d4e5f60718293a4b5c6d7e8f"
    assert document.http == Http(method="POST", route="/pay", status=500, ms=0)
    assert document.client is not None
    assert (document.client.browser, len(document.client.os)) == ("Chrome 126", 64)
    assert (document.user_id, document.type, len(document.trace)) == ("u-1", "KeyError", 16)


def test_what_is_no_trace_id_is_no_trace() -> None:
    assert split(an_event(trace_id="z" * 32)).document.trace == b""


@pytest.mark.parametrize(
    ("expires_at", "until"),
    [
        pytest.param(0, 2 * DAY_MS, id="a day, rounded up to whole days"),
        pytest.param(DAY_MS - 1, 2 * DAY_MS, id="the same for all events of a day"),
        pytest.param(DAY_MS, 3 * DAY_MS, id="the next day is written anew"),
    ],
)
def test_a_stack_outlives_its_events_by_a_day(expires_at: int, until: int) -> None:
    assert stack_expiry(expires_at) == until
