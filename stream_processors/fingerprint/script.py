"""Frames of JavaScript: names as the engines agree on them, and which of them a minifier made."""

from typing import Final

import re2

from stream_processors.fingerprint import noise
from stream_processors.fingerprint.paths import base, file_name, script_file
from stream_processors.fingerprint.slim import SlimFrame

NAMELESS: Final = frozenset(  # in any case
    [
        *("", "?", "<anonymous>", "anonymous", "(anonymous)", "anonymous function", "<unknown>", "{anonymous}", "null"),
        *("global code", "module code", "eval", "eval code", "function code", "promisereactionjob"),
    ]
)
LEADING: Final = ("async*", "async ", "new ", "get ", "set ", "static ", "bound ")
NATIVE: Final = frozenset(["[native code]", "native code", "native"])
BUILT_PATHS: Final = (".min.", "/assets/", "/static/", "/_next/", "chunk", "bundle", "main.", "vendor", "app.")
AS_NAME: Final = re2.compile(r"\[as ([^\]]+)\]")
OPERA_NAMED: Final = re2.compile(r"<anonymous function(?:: ([^>]+))?>")
SNIPPED: Final = "{snip}"  # a line of which a client kept a part
MAX_LINE: Final = 200
MAX_UNMAPPED_LINE: Final = 120


def is_address(path: str) -> bool:
    """Loaded over the network; not a file of the build."""
    return path.startswith(("http://", "https://", "blob:", "capacitor://", "file:///android_asset"))


def script_function(raw: str) -> str:
    """The name without what calls add to it; empty: it has none."""
    name = raw.strip()
    if "[as " in name:
        found = AS_NAME.search(name)
        name = found[1] if found else name
    if "anonymous function" in name.lower():
        found = OPERA_NAMED.search(name)
        name = (found[1] or "") if found else ""
    name = without_leading(name)
    if name.lower() in NAMELESS or name.endswith(("/<", ".<anonymous>")):
        return ""
    name = last_part(name)
    return "" if name.lower() in NAMELESS else name


def without_leading(name: str) -> str:
    for lead in LEADING:
        name = name.removeprefix(lead).strip()
    return name


def last_part(name: str) -> str:
    """After the last `.` or `/`, but not inside brackets."""
    name = name.removesuffix("()")
    if name.endswith(("]", ">", ")")):
        return name
    return name.replace("/", ".").rsplit(".", 1)[-1]


def script_module(frame: SlimFrame) -> str:
    path = frame.abs_path or frame.filename
    if not frame.mapped and is_address(path):
        return script_file(path)
    module = frame.module
    if not module:
        return file_name(frame.filename or path)
    if "/" in module and base(path).startswith(base(module)):
        return base(module).lower()
    return module


def script_noise(frame: SlimFrame) -> str:
    """Why the frame is dropped; empty: it is not."""
    path = frame.filename or frame.abs_path
    if path in NATIVE or frame.function in ("[native code]",):
        return noise.NATIVE_CODE
    name = without_leading(frame.function.strip())
    if path in ("<anonymous>", "", "native") or path.startswith(("node:internal/", "internal/")):
        last = name.rsplit(".", 1)[-1]
        if last in noise.ENGINE_FUNCTIONS or name.startswith(("Array.", "Promise.", "Object.", "String.", "JSON.")):
            return noise.NATIVE_CODE
    return ""


def is_minified(frame: SlimFrame, function: str) -> bool:
    """Made by a minifier, and nobody mapped it back."""
    path = frame.abs_path or frame.filename
    if frame.mapped or not is_address(path):
        return False
    line = frame.context_line
    if len(line) > MAX_LINE or SNIPPED in line[:20]:
        return True
    return not line and (len(function) <= 2 or any(part in path for part in BUILT_PATHS))


def script_line(frame: SlimFrame) -> str:
    """A source line that may count: not the endless one of a bundle."""
    line = frame.context_line
    unmapped = not frame.mapped and is_address(frame.abs_path or frame.filename)
    return "" if (unmapped and len(line.strip()) > MAX_UNMAPPED_LINE) or SNIPPED in line[:20] else line
