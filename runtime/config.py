"""Configuration: environment variables into one frozen record per service, or a clear refusal."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

import msgspec

PREFIX: Final = "GREGOR_"
C = TypeVar("C", bound=msgspec.Struct)


class ConfigError(Exception):
    """The environment cannot start a service; the text names every variable that is wrong."""


def field_names(configs: Iterable[type[msgspec.Struct]]) -> frozenset[str]:
    """All fields of all services: they may share one environment."""
    return frozenset(name for config in configs for name in config.__struct_fields__)


def load(config: type[C], environ: Mapping[str, str], known: frozenset[str]) -> C:
    """Read `GREGOR_<FIELD>` variables into `config`.

    A variable that no service declares (`known`) stops the start with ConfigError, as do missing
    and ill-typed ones.
    """
    given = {name.removeprefix(PREFIX).lower(): text for name, text in environ.items() if name.startswith(PREFIX)}
    fields = {field.name: field for field in msgspec.structs.fields(config)}
    wrong = [f"unknown {PREFIX}{name.upper()}" for name in given.keys() - known - fields.keys()]
    wrong += [
        f"missing {PREFIX}{name.upper()}" for name, field in fields.items() if field.required and name not in given
    ]
    if wrong:
        raise ConfigError("; ".join(sorted(wrong)))
    try:
        mine = {name: text for name, text in given.items() if name in fields}
        return msgspec.convert(mine, config, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(_named(str(error))) from error


def shown(config: msgspec.Struct) -> dict[str, Any]:
    """Field values for people; `secret_*` fields print as `***`, empty ones as empty."""
    return {
        name: "***" if name.startswith("secret_") and value else value
        for name, value in msgspec.structs.asdict(config).items()
    }


def _named(text: str) -> str:
    """msgspec says `at `$.gateway_port``; people set GREGOR_GATEWAY_PORT."""
    head, at, path = text.partition(" - at `$.")
    return f"{PREFIX}{path.rstrip('`').upper()}: {head}" if at else text
