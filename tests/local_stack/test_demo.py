"""The demo's events: real shapes, a story with an outage, and every bug at least once."""

import gzip
import json
import random

import pytest

from local_stack.demo import donations, play, shapes
from local_stack.demo.story import BURST, OUTAGE, Weight, likelihood, story

SHAPES = shapes.load()
TO = shapes.Address("0" * 32, "7")


def test_seven_services_are_played() -> None:
    assert play.bugs(SHAPES).keys() == {"Django", "Laravel", "Java", "React", "Angular", "Vue", "Flutter"}


def opened(request: shapes.Request) -> tuple[dict, dict, dict]:
    """Head, item header, event."""
    body = gzip.decompress(request.body) if request.headers.get("Content-Encoding") == "gzip" else request.body
    head, item, payload, rest = body.split(b"\n")
    assert rest == b""
    return json.loads(head), json.loads(item) | {"bytes": len(payload)}, json.loads(payload)


@pytest.mark.parametrize(
    ("framework", "number"),
    [(framework, number) for framework, shape in SHAPES.items() for number in range(len(shape.errors))],
)
def test_an_event_is_framed_as_its_sdk_does(framework: str, number: int) -> None:
    shape = SHAPES[framework]
    event = shapes.an_event(shape, shape.errors[number], 1000.5, random.Random(1))
    request = shapes.request(shape, event, "e" * 32, TO)
    head, item, payload = opened(request)
    assert head["event_id"] == "e" * 32
    assert (payload.get("event_id") == "e" * 32) is shape.wire.inner_id
    assert item.get("length", item["bytes"]) == item["bytes"]
    assert ("sentry_key" in request.path) is ("X-Sentry-Auth" not in request.headers)
    assert payload["tags"]["service"] == shape.service
    assert payload["timestamp"] == 1000.5
    assert "{n}" not in json.dumps(payload)


def test_the_same_bug_differs_in_its_numbers_only() -> None:
    shape = SHAPES["Java"]
    one, two = (shapes.an_event(shape, shape.errors[1], 5.0, random.Random(seed)) for seed in (1, 2))
    assert one["exception"]["values"][0]["value"] != two["exception"]["values"][0]["value"]
    assert one["exception"]["values"][0]["stacktrace"] == two["exception"]["values"][0]["stacktrace"]


BUGS = {"A": [Weight(0, 3, False), Weight(1, 1, True)], "B": [Weight(0, 1, False)]}


def test_the_story_is_the_same_for_the_same_seed() -> None:
    assert story(BUGS, 50, 10, random.Random(3)) == story(BUGS, 50, 10, random.Random(3))


def test_the_story_is_in_order_and_of_the_wanted_length() -> None:
    steps = story(BUGS, 50, 10, random.Random(3))
    assert len(steps) == 50
    assert [step.at_s for step in steps] == sorted(step.at_s for step in steps)
    assert 0 <= steps[0].at_s <= steps[-1].at_s < 10


@pytest.mark.parametrize("seed", range(5))
def test_every_bug_happens(seed: int) -> None:
    steps = story(BUGS, 5, 10, random.Random(seed))
    assert {(step.framework, step.number) for step in steps} == {("A", 0), ("A", 1), ("B", 0)}


@pytest.mark.parametrize(
    ("moment", "outage", "wanted"),
    [
        pytest.param(0.0, False, 12, id="an ordinary bug is always as likely"),
        pytest.param(OUTAGE[0], False, 12, id="also during the outage"),
        pytest.param(0.0, True, 12 / BURST, id="an outage bug is rare before"),
        pytest.param(OUTAGE[0], True, 12 * BURST, id="frequent from its first moment"),
        pytest.param(OUTAGE[1], True, 12 / BURST, id="and rare from its last"),
    ],
)
def test_likelihood(moment: float, outage: bool, wanted: float) -> None:
    assert likelihood(Weight(0, 12, outage), moment) == wanted


@pytest.mark.parametrize("bug", donations.BUGS, ids=lambda bug: bug.view)
def test_every_bug_of_the_django_service_is_real(bug: donations.Bug) -> None:
    with pytest.raises(Exception) as found:  # noqa: PT011 each raises another
        bug.cause(random.Random(1))
    frames = [frame.name for frame in found.traceback]
    assert len(frames) >= 3
