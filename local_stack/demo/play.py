"""Plays the story against a running gateway, through the doors that the SDKs use."""

import http.client
import random
import time
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import sentry_sdk
from sentry_sdk.transport import HttpTransport

from local_stack.demo import donations, shapes
from local_stack.demo.story import Step, Weight, story

DJANGO: Final = "Django"
WAIT_S: Final = 10.0


class Result(msgspec.Struct, kw_only=True):
    """By framework."""

    accepted: Counter[str]
    refused: Counter[str]


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """`events` over `seconds`; another seed is another day."""

    dsn: str
    events: int
    seconds: float
    seed: int


class Counted(HttpTransport):
    """The SDK's own transport; it says nothing of what it could not deliver, we count it."""

    dropped = 0

    def on_dropped_event(self, _reason: str) -> None:
        Counted.dropped += 1


Show = Callable[[int, int, Step], None]


class Gateway:
    """One kept-alive connection."""

    def __init__(self, dsn: str) -> None:
        parts = urlsplit(dsn)
        self.key, self.project = str(parts.username), parts.path.strip("/")
        self.connection = http.client.HTTPConnection(str(parts.hostname), parts.port or 80, timeout=WAIT_S)

    def post(self, request: shapes.Request) -> int:
        try:
            self.connection.request("POST", request.path, request.body, request.headers)
            answer = self.connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            return 0
        return answer.status


def play(day: Day, show: Show) -> Result:
    """Returns when all were answered."""
    dice, services, gateway = random.Random(day.seed), shapes.load(), Gateway(day.dsn)  # noqa: S311 a story, not a secret
    result = Result(accepted=Counter(), refused=Counter())
    start_django(day.dsn)
    began = time.monotonic()
    for number, step in enumerate(story(bugs(services), day.events, day.seconds, dice), start=1):
        time.sleep(max(0.0, began + step.at_s - time.monotonic()))
        if step.framework == DJANGO:
            status = 200 if happen_in_django(donations.BUGS[step.number], dice) else 0
        else:
            status = gateway.post(happen(services[step.framework], step.number, gateway, dice))
        (result.accepted if status == 200 else result.refused)[step.framework] += 1
        show(number, day.events, step)
    sentry_sdk.flush(WAIT_S)
    result.accepted[DJANGO] -= Counted.dropped
    result.refused[DJANGO] += Counted.dropped
    gateway.connection.close()
    return result


def bugs(services: dict[str, shapes.Shape]) -> dict[str, list[Weight]]:
    """All bugs of all seven services with their weights."""
    recorded = {
        framework: [Weight(number, bug.weight, bug.outage) for number, bug in enumerate(shape.errors)]
        for framework, shape in services.items()
    }
    return {DJANGO: [Weight(n, bug.weight, bug.outage) for n, bug in enumerate(donations.BUGS)]} | recorded


def happen(shape: shapes.Shape, number: int, gateway: Gateway, dice: random.Random) -> shapes.Request:
    event = shapes.an_event(shape, shape.errors[number], time.time(), dice)
    event_id = uuid.UUID(int=dice.getrandbits(128), version=4).hex
    return shapes.request(shape, event, event_id, shapes.Address(gateway.key, gateway.project))


def start_django(dsn: str) -> None:
    sentry_sdk.init(
        dsn=dsn,
        transport=Counted,
        release=donations.RELEASE,
        environment="production",
        server_name="donations-1",
        default_integrations=False,
        in_app_include=["local_stack.demo.donations"],
        in_app_exclude=["local_stack.demo.play"],
    )


def happen_in_django(bug: donations.Bug, dice: random.Random) -> str | None:
    """Let the bug happen and report it as the framework's integration would."""
    with sentry_sdk.new_scope() as scope:
        scope.set_transaction_name(bug.view)
        scope.set_tag("service", donations.SERVICE)
        scope.set_user({"id": f"u{dice.randrange(1, 60)}"})
        scope.add_event_processor(lambda event, hint: event | {"request": request_of(bug, dice)})
        try:
            bug.cause(dice)
        except Exception as error:
            mechanism = {"type": "django", "handled": False}
            found, hint = sentry_sdk.utils.event_from_exception(error, mechanism=mechanism)
            return sentry_sdk.capture_event(found, hint=hint)
    return None


def request_of(bug: donations.Bug, dice: random.Random) -> dict[str, Any]:
    path = bug.view.replace("<int:pk>", str(dice.randrange(1000, 9000)))
    headers = {"Host": "donations.foodshare.example", "User-Agent": "okhttp/4.12.0", "Authorization": "Bearer not-kept"}
    return {"method": "POST", "url": f"https://donations.foodshare.example{path}", "headers": headers}
