"""The canonical type of an exception: what stays the same across platforms, engines and addresses."""

from typing import Final, Protocol

import re2

MAX_TYPE: Final = 160
NO_TYPE: Final = "(none)"
CRASH: Final = "crash"
SCRIPT_PLATFORMS: Final = frozenset({"javascript", "node"})
JVM_PLATFORMS: Final = frozenset({"java", "kotlin", "scala", "groovy", "clojure"})

# They carry another exception and say nothing of their own.
WRAPPER_ENDINGS: Final = (
    "ExecutionException",
    "InvocationTargetException",
    "UndeclaredThrowableException",
    "CompletionException",
    "AggregateException",
    "TargetInvocationException",
    "ExceptionGroup",
)

# Engines disagree on the class of these faults; the words tell.
SCRIPT_FAULTS: Final = (
    (
        "StackOverflow",
        ("maximum call stack size exceeded", "too much recursion", "out of stack space"),
    ),
    (
        "SyntaxError",
        (
            "json.parse:",
            "json parse error",
            "in json at position",
            "is not valid json",
            "unexpected end of json input",
        ),
    ),
    (
        "URIError",
        (
            "uri malformed",
            "malformed uri",
            "uri error",
            "uri to be decoded is not a valid",
            "uri to be encoded contains",
        ),
    ),
    (
        "RangeError",
        ("invalid array length", "array size is not a small enough", "array length must be"),
    ),
    (
        "ChunkLoadError",
        (
            "loading chunk ",
            "loading css chunk ",
            "failed to fetch dynamically imported module",
            "error loading dynamically imported module",
            "importing a module script failed",
            "unable to preload css",
            "module script failed to load",
        ),
    ),
)

_RAW_CODES = re2.compile(r"(?i)^0x[0-9a-f]+(?:\s*/\s*0x[0-9a-f]+)?$")
_CONSTANT = re2.compile(r"^(?:SIG[A-Z0-9]{2,10}|EXC_[A-Z_]+|EXCEPTION_[A-Z0-9_]+|KERN_[A-Z_]+|STATUS_[A-Z_]+)")


class Raised(Protocol):
    """What is read of an exception, whole or narrow."""

    @property
    def type(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def synthetic(self) -> bool: ...


def canonical_type(raised: Raised, platform: str) -> str:
    """The type as grouping sees it; never empty, `MAX_TYPE` characters at most."""
    name = raised.type.strip()
    if raised.synthetic:
        return CRASH
    if platform in SCRIPT_PLATFORMS:
        name = script_type(name, raised.value)
    elif platform in JVM_PLATFORMS:
        name = name.rsplit(".", 1)[-1]
    return (crash_constant(name) or NO_TYPE)[:MAX_TYPE]


def script_type(name: str, value: str) -> str:
    words = value[:300].lower()
    for fault, wordings in SCRIPT_FAULTS:
        if any(wording in words for wording in wordings):
            return fault
    return name


def crash_constant(name: str) -> str:
    """`SIGSEGV /SEGV_MAPERR` gives `SIGSEGV`, a pair of raw codes gives `crash`."""
    if name[:2] in ("0x", "0X") and _RAW_CODES.search(name):
        return CRASH
    if name[:3] in ("SIG", "EXC", "KER", "STA"):
        found = _CONSTANT.match(name)
        rest = name[found.end() :] if found else "x"
        return found[0] if found and not rest[:1].isalnum() else name
    return name


def is_wrapper(name: str) -> bool:
    """It does not count when the event has another exception."""
    return name.endswith(WRAPPER_ENDINGS)
