"""From the path of a file to the name that it has on every host and in every build."""

from typing import Final

import re2

HASHED: Final = re2.compile(r"[-._]([0-9a-f]{7,40})(?:\.|$)")
BUILT: Final = re2.compile(r"[-._]([0-9A-Za-z_]{7,40})(?:\.|$)")
LONG_HEX: Final = re2.compile(r"[0-9a-fA-F]{16}")
SYSTEM_FOLDERS: Final = (
    *("/usr/lib", "/System/", "/Library/", "/lib/", "/lib64/", "/lib32/", "/system/", "/apex/", "/vendor/lib"),
    *("/private/var/db/", "/private/preboot/", "/usr/local/lib/", "[vdso]", "linux-gate.so", "linux-vdso.so"),
)
SHORTEST_HASHED: Final = 9  # one letter, a sign, seven of a hash


def base(path: str) -> str:
    """The last part, query and fragment off."""
    if "?" in path or "#" in path:
        path = path.split("?", 1)[0].split("#", 1)[0]
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


def file_name(path: str) -> str:
    """Base name in lower case without a content hash; never a folder. 16 hex digits are no name."""
    return named(without(HASHED, base(path).lower()))


def script_file(path: str) -> str:
    """Of an address without source map: whatever a bundler put before the extension is off.

    Firefox writes `app.js line 26 > eval` for code that was evaluated there.
    """
    return named(without(BUILT, base(path.split(" line ", 1)[0])).lower())


def without(pattern: "re2._Regexp", name: str) -> str:
    found = pattern.search(name) if len(name) >= SHORTEST_HASHED else None
    if found is None or not is_made_up(found[1]):
        return name
    return name[: found.start()] + name[found.end(1) :]


def is_made_up(text: str) -> bool:
    """A word has no digits and does not change between lower and upper case."""
    return any(map(str.isdigit, text)) or not (text.islower() or text.isupper() or text.istitle())


def named(name: str) -> str:
    return "" if len(name) >= 16 and LONG_HEX.search(name) else name


def is_system_image(package: str) -> bool:
    """A library of the operating system, by the folder it lies in."""
    return package.startswith(SYSTEM_FOLDERS) or package[1:11].lower() == ":\\windows\\"
