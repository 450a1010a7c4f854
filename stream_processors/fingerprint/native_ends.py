"""What compilers, linkers and debuggers add to both ends of a native name (grouping.md 3.3)."""

from typing import Final

PREFIXES: Final = (  # Swift, one after another
    "partial apply forwarder for ",
    "partial apply for ",
    "protocol witness for ",
    "specialized ",
    "merged ",
    "reabstraction thunk helper from ",
    "@objc ",
    "thunk for ",
    "decltype(auto) ",
)
INLINE_NAMESPACES: Final = ("std::__1::", "std::__cxx11::", "std::__ndk1::", "std::__Cr::")  # of one library or another
SUFFIXES: Final = (".cold", ".part.", ".isra.", ".constprop.", ".llvm.", ".lto_priv.", "$VARIANT$", " [clone ", "+0x")
RUST_ESCAPES: Final = {
    "$LT$": "<",
    "$GT$": ">",
    "$u20$": " ",
    "$u7b$": "{",
    "$u7d$": "}",
    "$RF$": "&",
    "$BP$": "*",
    "$C$": ",",
    "..": "::",
}
HEX: Final = frozenset("0123456789abcdef")


def stripped(name: str) -> str:
    """The name that was written in the source, as far as its ends tell."""
    before = ""
    while name != before:
        before = name
        if name.startswith(("closure #", "implicit closure #", "thunk ")) and " in " in name:
            name = name.split(" in ", 1)[1]
        for prefix in PREFIXES:
            name = name.removeprefix(prefix)
    if "$LT$" in name or "$u7b$" in name:
        name = without_escapes(name)
    if "std::__" in name:
        for spelling in INLINE_NAMESPACES:
            name = name.replace(spelling, "std::")
    return without_block(without_image(without_suffix(name)))


def without_suffix(name: str) -> str:
    for suffix in SUFFIXES:
        place = name.find(suffix)
        if place > 0:
            name = name[:place]
    return name


def without_escapes(name: str) -> str:
    """Rust's old mangling, half undone."""
    for escape, text in RUST_ESCAPES.items():
        name = name.replace(escape, text)
    return name[1:] if name.startswith("_<") else name.replace("::_{", "::{")


def without_image(name: str) -> str:
    """Windows debuggers write `image!function`."""
    image, found, function = name.partition("!")
    return function if found and function[:1] not in ("=", "(", "") and image.replace(".", "").isalnum() else name


def without_block(name: str) -> str:
    """`f_block_invoke_3` gives `f_block`."""
    head, found, tail = name.rpartition("_block_invoke")
    while found and (not tail or (tail[0] == "_" and tail[1:].isdigit())):
        name = f"{head}_block"
        head, found, tail = head.rpartition("_block_invoke")
    return name


def objective_c(name: str) -> str:
    """`-[Class message:]`; empty: it is none. Clang numbers the blocks of one: `__97-[..]_block_invoke`."""
    plain = name.lstrip("_0123456789") if name[:2] == "__" else name
    return without_block(without_suffix(plain)) if plain[:2] in ("-[", "+[") else ""


def without_hash(name: str) -> str:
    """Rust ends a name with `::h` and 16 hex digits."""
    tail = name[-19:]
    return name[:-19] if tail[:3] == "::h" and len(tail) == 19 and HEX.issuperset(tail[3:]) else name
