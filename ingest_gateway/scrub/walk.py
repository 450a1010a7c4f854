"""The scrubber's walk through a record: each part is scanned first, and read only if the scan hits."""

from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from domain.scrub_patterns import FILTERED, VERSION
from ingest_gateway.normalise.text import ENCODE
from ingest_gateway.scrub.free_text import FreeText
from ingest_gateway.scrub.scrubber import ROUTE, TEXT, Kind, Scrubber, Tally
from ingest_gateway.scrub.stack import exception
from schemas.error_event import (
    Body,
    Breadcrumb,
    DebugImage,
    ErrorEvent,
    ExceptionInfo,
    Message,
    Pairs,
    Request,
    Response,
    User,
)

P = TypeVar("P")
TEXTS: Final = ("sdk", "dist", "server_name", "logger", "session_id", "feedback")


def scrub(event: ErrorEvent, scrubber: Scrubber) -> ErrorEvent:
    """`event` without its secrets, and with what was taken in `scrubbed`. Twice is the same as once."""
    return Walk(scrubber).event(event)


class Walk:
    def __init__(self, scrubber: Scrubber) -> None:
        self.scrubber = scrubber
        self.tally = Tally()
        self.free = FreeText(scrubber, self.tally)

    def event(self, event: ErrorEvent) -> ErrorEvent:
        found = replace(
            event,
            exceptions=tuple(self.part(each, self.exception) for each in event.exceptions),
            message=self.maybe(event.message, self.message),
            fingerprint=tuple(self.text(part) for part in event.fingerprint),
            transaction=self.text(event.transaction, ROUTE),
            request=self.maybe(event.request, self.request),
            response=self.maybe(event.response, self.response),
            user=self.maybe(event.user, self.user),
            breadcrumbs=tuple(self.part(each, self.crumb) for each in event.breadcrumbs),
            tags=self.part(event.tags, self.tags),
            modules=self.part(event.modules, self.modules),
            contexts=event.contexts if event.contexts is UNSET else self.raw(event.contexts, "contexts"),
            extra=event.extra if event.extra is UNSET else self.raw(event.extra, "extra"),
            images=tuple(self.part(each, self.image) for each in event.images),
        )
        words = {name: self.text(getattr(found, name)) for name in TEXTS}
        return self.counted(replace(found, **words), event)

    def counted(self, found: ErrorEvent, before: ErrorEvent) -> ErrorEvent:
        if not self.tally.counts:
            return found
        counts = dict(before.scrubbed)
        for rule, count in self.tally.counts.items():
            counts[rule] = counts.get(rule, 0) + count
        return replace(found, scrubbed=counts, scrub_version=VERSION)

    def part(self, value: P, walk: Callable[[P], P]) -> P:
        return walk(value) if value and self.scrubber.prefilter.search(ENCODE(value)) else value

    def maybe(self, value: P | None, walk: Callable[[P], P]) -> P | None:
        return None if value is None else self.part(value, walk)

    def text(self, value: str, kind: Kind = TEXT) -> str:
        if not value:
            return value
        return self.free.text(value) if kind is TEXT else self.scrubber.text(value, self.tally, kind)

    def exception(self, info: ExceptionInfo) -> ExceptionInfo:
        return exception(info, self.free)

    def message(self, value: Message) -> Message:
        return Message(
            formatted=self.free.text(value.formatted),
            template=self.text(value.template),
            params=tuple(self.free.text(param) for param in value.params),
        )

    def request(self, value: Request) -> Request:
        return replace(
            value,
            url=self.text(value.url, ROUTE),
            route=self.text(value.route, ROUTE),
            query=self.free.pairs(value.query, "request.query"),
            headers=self.free.pairs(value.headers, "request.headers"),
            cookies=self.cookies(value.cookies),
            body=self.body(value.body, "request.body"),
            remote_ip=self.address(value.remote_ip),
        )

    def response(self, value: Response) -> Response:
        headers = self.free.pairs(value.headers, "response.headers")
        return replace(value, headers=headers, body=self.body(value.body, "response.body"))

    def cookies(self, value: Pairs) -> Pairs:
        """Every value goes; names stay."""
        if self.free.excluded("request.cookies"):
            return value
        return tuple((self.text(name), self.cookie(text)) for name, text in value)

    def cookie(self, text: str) -> str:
        if text and text != FILTERED:
            self.tally.add("cookie")
        return FILTERED if text else text

    def body(self, value: Body | None, path: str) -> Body | None:
        if value is None or self.free.excluded(path):
            return value
        return replace(value, text=self.free.text(value.text, -1))

    def user(self, value: User) -> User:
        return User(
            id=self.text(value.id),
            username=self.text(value.username),
            email=self.text(value.email),
            ip=self.address(value.ip),
            data=self.free.mapping(value.data, "user.data"),
        )

    def address(self, value: str) -> str:
        if not value or not self.scrubber.ip or value == "[ip]":
            return value
        self.tally.add("ip")
        return "[ip]"

    def crumb(self, value: Breadcrumb) -> Breadcrumb:
        return replace(
            value,
            category=self.text(value.category),
            message=self.free.text(value.message),
            data=self.free.mapping(value.data, "breadcrumbs.data"),
        )

    def tags(self, value: dict[str, str]) -> dict[str, str]:
        return {name: self.free.named_text(name, text, "tags") for name, text in value.items()}

    def modules(self, value: dict[str, str]) -> dict[str, str]:
        return {self.text(name): self.text(version) for name, version in value.items()}

    def image(self, value: DebugImage) -> DebugImage:
        return replace(value, code_file=self.text(value.code_file))

    def raw(self, value: msgspec.Raw, path: str) -> msgspec.Raw:
        return self.free.raw(value, path) if self.scrubber.prefilter.search(bytes(value)) else value
