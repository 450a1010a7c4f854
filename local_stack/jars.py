"""Kafka's jars: fetched by Maven from the pinned pom, compared with the committed hashes, kept in the cache."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from local_stack import tools

HERE: Final = Path(__file__).parent / "kafka"
POM: Final = HERE / "pom.xml"
HASHES: Final = HERE / "jars.sha256"


def folder(cache: Path) -> Path:
    """One folder per set of hashes, so that an upgrade never mixes versions."""
    return cache / f"kafka-{hashlib.sha256(HASHES.read_bytes()).hexdigest()[:12]}"


def ensure(cache: Path) -> Path:
    """The folder with exactly the pinned jars; fetched when they are missing or differ."""
    jars = folder(cache)
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two stacks that start at once fetch once
        if wrong(jars):
            _fetch(jars)
    return jars


def _fetch(jars: Path) -> None:
    with tempfile.TemporaryDirectory(dir=jars.parent) as scratch:
        fresh = Path(scratch) / "jars"
        copy(fresh)
        differing = wrong(fresh)
        if differing:
            raise tools.ToolError(f"Kafka's jars are not the pinned ones: {', '.join(differing[:5])}")
        shutil.rmtree(jars, ignore_errors=True)
        for archive in jars.parent.glob(f"{jars.name}-*.jsa"):
            archive.unlink()  # it fits the old files only
        fresh.rename(jars)


def copy(into: Path) -> None:
    """Run Maven; its last words are the error."""
    goal = ("dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={into}")
    command = [str(tools.maven()), "--batch-mode", "--quiet", "--strict-checksums", "--file", str(POM), *goal]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if ran.returncode:
        said = [line for line in (ran.stdout + ran.stderr).splitlines() if line.strip()]
        raise tools.ToolError("Maven could not fetch Kafka: " + " | ".join(said[:3]))


def wrong(jars: Path) -> list[str]:
    """Names that are missing, unknown, or whose bytes differ from the committed hash."""
    lines = [line.split() for line in HASHES.read_text().splitlines()]
    pinned = {name: hashed for hashed, name in lines}
    there = {path.name for path in jars.glob("*.jar")} if jars.is_dir() else set()
    differing = [name for name in pinned.keys() & there if digest(jars / name) != pinned[name]]
    return sorted({*differing, *(pinned.keys() ^ there)})


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> None:
    """Print the hashes of what the pom resolves to: the content of jars.sha256."""
    with tempfile.TemporaryDirectory() as scratch:
        copy(Path(scratch))
        for path in sorted(Path(scratch).glob("*.jar"), key=lambda path: path.name):
            sys.stdout.write(f"{digest(path)}  {path.name}\n")


if __name__ == "__main__":
    main()
