"""Names of C, C++, Rust, Objective-C and Swift functions: one scan with bracket depth (grouping.md 3.3)."""

from collections.abc import Callable
from typing import Final

from stream_processors.fingerprint.native_ends import objective_c, stripped, without_hash

NAMELESS: Final = frozenset(
    [
        *("", "?", "??", "<redacted>", "<unknown>", "<null>", "<compiler-generated>", "unknown", "nil", "(null)"),
        *("stripped_application_code", "stripped", "@callee_guaranteed", "@nonobjc", "___lldb_unnamed_symbol"),
    ]
)
TAIL_WORDS: Final = frozenset(["const", "&", "&&", "noexcept", "volatile", "->", "in", "throws", "async"])
OPEN: Final = {"(": ")", "<": ">", "[": "]", "{": "}"}
ANONYMOUS: Final = "(anon)"
ANONYMOUS_SCOPE: Final = "(anonymous namespace)"
LAMBDA: Final = "<lambda>"
MAX_DEPTH: Final = 64


def native_name(raw: str) -> str:
    """What the function is called in every build; empty: it has no name."""
    name = raw.strip()
    if name in NAMELESS:
        return ""
    return objective_c(name) or scan(stripped(name))


class Scan:
    """One pass over a name. `out` is what was kept, `at` where the pass is."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.out: list[str] = []
        self.at = 0

    def closing(self, start: int) -> int:
        """Place behind the bracket that closes the one at `start`; the end if none does."""
        name = self.name
        waiting: list[str] = []
        for place in range(start, len(name)):
            letter = name[place]
            if letter in OPEN:
                waiting.append(OPEN[letter])
            elif letter in ")]}" or (letter == ">" and waiting[-1] == ">" and name[place - 1] not in "-="):
                while waiting.pop() != letter and waiting:
                    pass
                if not waiting:
                    return place + 1
        return len(name)

    def plain(self) -> None:
        """Take the letters up to the next one that may mean something."""
        name, start = self.name, self.at
        at = start + 1
        while at < len(name) and name[at] not in READERS:
            at += 1
        self.out.append(name[start:at])
        self.at = at

    def is_empty(self) -> bool:
        return not "".join(self.out).strip()


def scan(name: str) -> str:
    state = Scan(name)
    while state.at < len(name):
        reader = READERS.get(name[state.at])
        if reader is None or (found := reader(state)) is None:
            state.plain()
        elif not found:
            break
    found_name = without_hash("".join(state.out).strip())
    return "" if found_name in NAMELESS else found_name


def digits_end(name: str, at: int) -> int:
    while at < len(name) and name[at].isdigit():
        at += 1
    return at


def tick(state: Scan) -> bool | None:
    """`'lambda'(int)` as LLVM writes it."""
    if not state.name.startswith("'lambda", state.at):
        return None
    end = state.name.find("'", state.at + 1)
    state.out.append(LAMBDA)
    state.at = end + 1 if end > 0 else len(state.name)
    return True


def question(state: Scan) -> bool | None:
    """MSVC's `?A0x1234abcd`, a namespace without name."""
    if not state.name.startswith("?A0x", state.at):
        return None
    end = state.name.find("::", state.at)
    state.out.append(ANONYMOUS)
    state.at = end if end > 0 else len(state.name)
    return True


def dollar(state: Scan) -> bool | None:
    """Clang numbers what has no name: `$_52`."""
    if not state.name.startswith("$_", state.at):
        return None
    state.out.append("$")
    state.at = digits_end(state.name, state.at + 2)
    return True


def square(state: Scan) -> bool | None:
    """`f[abi:cxx11]`."""
    if not state.name.startswith("[abi:", state.at):
        return None
    state.at = state.closing(state.at)
    return True


def quoted(state: Scan) -> bool:
    """MSVC writes `anonymous namespace' and `scope'::`2'::f."""
    end = state.name.find("'", state.at)
    if end < 0:
        state.at += 1
        return True
    text = state.name[state.at + 1 : end]
    if text in ("anonymous namespace", "anonymous-namespace"):
        state.out.append(ANONYMOUS)
    elif not text.isdigit():
        state.out.append(text)
    state.at = end + 1
    return True


def braces(state: Scan) -> bool:
    """`{lambda(int)#1}`, `{anonymous}`, `{{closure}}`."""
    end = state.closing(state.at)
    text = state.name[state.at : end]
    if text.startswith("{lambda"):
        state.out.append(LAMBDA)
    elif text == "{anonymous}":
        state.out.append(ANONYMOUS)
    else:
        state.out.append(text)
    state.at = end
    return True


def angle(state: Scan) -> bool:
    """Template arguments go; a leading `<X as Y>` is the name itself."""
    end = state.closing(state.at)
    inner = state.name[state.at + 1 : end - 1]
    if inner.startswith("lambda"):
        state.out.append(LAMBDA)
    elif state.is_empty():
        state.out = [leading(inner)]
    state.at = end
    return True


def leading(inner: str) -> str:
    left, found, right = inner.partition(" as ")
    if found:
        return f"<{scan(left)} as {scan(right)}>"
    return scan(inner)


def parenthesis(state: Scan) -> bool:
    """Arguments end a name unless `::` follows; `(anonymous namespace)` is part of one."""
    name, at = state.name, state.at
    end = state.closing(at)
    if name[at:end] == ANONYMOUS_SCOPE:
        state.out.append(ANONYMOUS)
        state.at = end
        return True
    rest = name[end:]
    skipped = rest.lstrip(" &")
    while skipped.startswith("const") and skipped[5:6] in ("", " ", ":", "&"):
        skipped = skipped[5:].lstrip(" &")
    if skipped.startswith("::"):
        state.at = len(name) - len(skipped)
        return True
    if state.is_empty() and rest:  # `(*f)(int)` and the like
        state.at = end
        return True
    return False


def blank(state: Scan) -> bool:
    """Before a blank stands a return type, if a call or a scope is still to come; else the name has ended."""
    rest = state.name[state.at :].lstrip()
    if rest[:1] == "(" and rest[1:2] != "*" and not rest.startswith(ANONYMOUS_SCOPE) and not state.is_empty():
        return False  # gdb writes `f (x=1) at`
    word = rest.split(" ", 1)[0].split("(", 1)[0]
    if not rest or word in TAIL_WORDS or rest[0] in "&*-[":
        if rest[:1] in ("&", "*") and more(rest):
            state.out = []
            state.at = len(state.name) - len(rest.lstrip("&* "))
            return True
        return False
    if not more(rest):
        if word and not state.out:
            state.at = len(state.name) - len(rest)
            return True
        return False
    state.out = []
    state.at = len(state.name) - len(rest)
    return True


def more(rest: str) -> bool:
    return "(" in rest or "::" in rest


def operator(state: Scan) -> bool | None:
    """Keep an operator up to its argument list."""
    name, start = state.name, state.at
    at = start + 8
    before, after = name[start - 1 : start], name[at : at + 1]
    if not name.startswith("operator", start) or (before and before not in ": ") or after.isalnum() or after == "_":
        return None
    if name.startswith("()", at):
        at += 2
    elif name[at : at + 1] == " ":
        end = name.find("(", at)
        at = end if end > 0 else len(name)
    else:
        while at < len(name) and name[at] in "<>=!+-*/%^&|~,[]":
            at += 1
    text = " ".join(name[start:at].split())
    state.out.append(text.replace(" &", "&").replace(" *", "*"))
    state.at = at
    return False


# What may mean something, and who reads it: None: it is a plain letter after all; False: the name has ended.
READERS: Final[dict[str, Callable[[Scan], bool | None]]] = {
    "`": quoted,
    "'": tick,
    "?": question,
    "$": dollar,
    "{": braces,
    "<": angle,
    "(": parenthesis,
    " ": blank,
    "[": square,
    "o": operator,
}
