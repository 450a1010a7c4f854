"""Errors that are one problem wherever they appear: one key each (grouping.md 4)."""

from typing import Final

from domain.exception_types import SCRIPT_PLATFORMS

CHUNK: Final = "chunk"
SCRIPT_ERROR: Final = "script_error"
HYDRATION: Final = "hydration"
EXTENSION: Final = "extension"
EXTENSIONS: Final = (
    "chrome-extension:",
    "moz-extension:",
    "safari-web-extension:",
    "safari-extension:",
    "ms-browser-extension:",
    "webkit-masked-url:",
)
HYDRATION_WORDS: Final = (
    "Hydration failed because",
    "There was an error while hydrating",
    "Text content does not match server-rendered HTML",
    "Text content did not match",
    "Minified React error #418",
    "Minified React error #421",
    "Minified React error #422",
    "Minified React error #423",
    "Minified React error #425",
)


def family(root_type: str, text: str, platform: str, crash_path: str) -> str:
    """The name of the family; empty: the event belongs to none."""
    if platform not in SCRIPT_PLATFORMS:
        return ""
    if crash_path.startswith(EXTENSIONS):
        return EXTENSION
    if root_type == "ChunkLoadError":
        return CHUNK
    if text.strip().rstrip(".").lower() == "script error":
        return SCRIPT_ERROR
    return HYDRATION if any(words in text[:400] for words in HYDRATION_WORDS) else ""
