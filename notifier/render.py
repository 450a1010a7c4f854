"""Templates to text. The sandbox gives plain data only; a missing name is an error, never an empty place."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifier.words import sentence

_TEXT: Final = ImmutableSandboxedEnvironment(
    autoescape=False,  # plain text: nothing to escape, and &lt; would be wrong
    undefined=StrictUndefined,
    keep_trailing_newline=True,
)
_HTML: Final = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
_HTML.filters["sentence"] = sentence


def text(template: str, said: Mapping[str, object]) -> str:
    return _compiled(template, False).render(said)


def html(template: str, said: Mapping[str, object]) -> str:
    """Every value is escaped."""
    return _compiled(template, True).render(said)


@lru_cache(maxsize=256)
def _compiled(template: str, escapes: bool) -> Template:
    return (_HTML if escapes else _TEXT).from_string(template)
