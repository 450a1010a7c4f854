"""From a stack frame to a symbol: what stays the same in every build, host and run (grouping.md 3.2)."""

import functools
from typing import Final

from stream_processors.fingerprint import noise
from stream_processors.fingerprint.languages import READERS
from stream_processors.fingerprint.native import native_name
from stream_processors.fingerprint.paths import file_name
from stream_processors.fingerprint.script import (
    is_minified,
    script_function,
    script_line,
    script_module,
    script_noise,
)
from stream_processors.fingerprint.slim import SlimFrame, Symbol

MAX_NAME: Final = 500
MAX_SYMBOLS: Final = 16_384
NATIVE_STARTS: Final = tuple(prefix for prefix, _ in noise.NATIVE_PREFIXES)
SCRIPT: Final = frozenset(["javascript", "node"])
NATIVE: Final = frozenset(["native", "cocoa", "c", "cpp", "objc", "rust", "swift"])
SPOKEN_IN: Final = {  # extension -> platform, for frames that do not say
    **dict.fromkeys(["js", "jsx", "ts", "tsx", "mjs", "cjs", "vue", "svelte"], "javascript"),
    **dict.fromkeys(["java", "kt", "scala", "groovy", "clj"], "java"),
    **dict.fromkeys(["c", "cc", "cpp", "cxx", "h", "hpp", "m", "mm", "rs", "swift"], "native"),
    **{"py": "python", "php": "php", "rb": "ruby", "dart": "dart", "cs": "csharp", "go": "go", "ex": "elixir"},
}


@functools.lru_cache(maxsize=MAX_SYMBOLS)
def symbol(frame: SlimFrame, platform: str) -> Symbol | str:
    """The symbol of a frame, or why the frame leaves no trace."""
    spoken = language(frame, platform)
    if spoken in SCRIPT:
        return script_symbol(frame)
    if spoken in NATIVE:
        return native_symbol(frame)
    found = READERS.get(spoken, READERS["other"])(frame)
    if isinstance(found, str):
        return found
    module, function = found
    return whole(frame, module, function, frame.context_line)


def language(frame: SlimFrame, platform: str) -> str:
    """Of the frame, else of the event, else by its file."""
    spoken = frame.platform or platform
    if spoken not in ("other", ""):
        return spoken
    extension = (frame.filename or frame.abs_path).rsplit(".", 1)[-1].lower()
    guess = SPOKEN_IN.get(extension, "")
    return guess or ("java" if "." in frame.module and frame.filename in ("SourceFile", "Unknown Source") else "other")


def script_symbol(frame: SlimFrame) -> Symbol | str:
    why = script_noise(frame)
    if why:
        return why
    function = script_function(frame.function)
    minified = is_minified(frame, function)
    if minified and len(function) <= 2:
        function = ""
    found = whole(frame, script_module(frame), function, script_line(frame))
    if isinstance(found, str):
        return found
    return Symbol(found.module, found.function, found.statement, found.line, True, minified)


def native_symbol(frame: SlimFrame) -> Symbol | str:
    """Only the name of the function counts; without one the place in its image, else the file."""
    function = native_name(frame.function[:MAX_NAME])
    if function:
        library = function.startswith(noise.NATIVE_LIBRARIES)
        return Symbol("", function, library=library, noise=native_noise(function))
    place = offset(frame) or file_name(frame.package or frame.filename or frame.abs_path)
    if not place:
        return noise.STRIPPED
    if place in noise.NAMELESS_IMAGES:
        return noise.RUNTIME
    if place.startswith("+"):
        return Symbol(file_name(frame.package), place)
    return Symbol(place, "")


def native_noise(function: str) -> str:
    found = noise.NATIVE_EXACT.get(function, "")
    if found or not function.startswith(NATIVE_STARTS):
        return found
    return next(why for prefix, why in noise.NATIVE_PREFIXES if function.startswith(prefix))


def offset(frame: SlimFrame) -> str:
    """`+hex` of the instruction in its image: stable per build."""
    try:
        place = int(frame.instruction_addr, 16) - int(frame.image_addr, 16)
    except ValueError:
        return ""
    return f"+{place:x}" if place > 0 else ""


def whole(frame: SlimFrame, module: str, function: str, line: str) -> Symbol | str:
    module, function = module.strip()[:MAX_NAME], function.strip()[:MAX_NAME]
    if not module and not function:
        return noise.NAMELESS
    return Symbol(module, function, statement(line), line)


def statement(line: str) -> str:
    """The source line without blanks, with one kind of quotes; too short or without letters: none."""
    text = "".join(line[:200].split()).replace('"', "'").replace("`", "'")
    text = text[:-1] if text.endswith((";", ",")) else text
    return text if len(text) >= 4 and any(map(str.isalnum, text)) else ""
