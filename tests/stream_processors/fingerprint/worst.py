"""The most expensive events that the caps allow: every frame, name and message of its own and as long as may be."""

from collections.abc import Iterator
from typing import Final

from schemas.error_event import ErrorEvent, Frame
from tests.stream_processors.fingerprint.events import an_error, raised

LONG: Final = 512  # a function name on the wire

NAMES: Final = {
    "native": "std::map<std::pair<int, std::vector<a{n}::b> >, c<d, e> >::f(g<h> const&, i (*)(j))::{{lambda(k)#1}}::",
    "cocoa": "closure #{n} in specialized partial apply for A.b(c: Swift.Array<D>) -> (E) -> F.",
    "java": "lambda$a{n}$b$access$",
    "javascript": "Object.a{n}.<anonymous>.prototype.new ",
    "python": "name_{n}_",
    "csharp": "<A{n}>b__1_2`1[<B>d__3].",
}
MESSAGES: Final = (
    "'a' ",
    '{"a": 1, ',
    "a.b.c.io(",
    "1:2:",
    "a:b::",
    "1 x 2/",
    "/a/b:",
    "aA1_-",
    "x@y.z ",
    "2026-05-04T10:00:00Z,",
    "é'",
    "0x1f ",
    "<q at 0x1>",
    "`a",
    "Check failed: 'panicked at ",
)


def filled(pattern: str, number: int, length: int) -> str:
    text = pattern.replace("{n}", str(number)).replace("{{", "{").replace("}}", "}")
    return (text * (length // max(1, len(text)) + 1))[:length]


def frames(platform: str, own: bool) -> tuple[Frame, ...]:
    return tuple(
        Frame(
            function=filled(NAMES[platform], number, LONG),
            module=f"m{number}" if platform != "native" else "",
            filename=filled(f"f{number}/", number, LONG),
            in_app=own,
            context_line=filled("x = 'y' + z; ", number, LONG),
        )
        for number in range(250)
    )


def events() -> Iterator[tuple[str, ErrorEvent]]:
    for number, message in enumerate(MESSAGES):
        platform = list(NAMES)[number % len(NAMES)]
        said = filled(message, number, 8192)
        cause = raised("CauseError", said[:1024])
        outer = raised("OuterError", said, *reversed(frames(platform, number % 2 == 0)))
        yield f"{platform}: {message}", an_error(cause, outer, platform=platform)
