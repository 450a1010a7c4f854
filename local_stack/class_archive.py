"""Java's class archive: the first broker to end cleanly writes one, later ones start with a third less processor time.

The JVM checks that an archive fits it and the jars, and starts without one that does not.
"""

import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

ONLY_ERRORS = ("-Xlog:disable", "-Xlog:all=error:stderr")
ENDED_CLEANLY = (0, 143)  # 143: Java's answer to SIGTERM


def path(java: Path, jars: Path) -> Path:
    """One per Java and set of jars."""
    said = subprocess.run([str(java), "-version"], capture_output=True, check=False)
    which = hashlib.sha256(said.stdout + said.stderr + str(java).encode()).hexdigest()[:12]
    return jars.with_name(f"{jars.name}-{which}.jsa")


def options(archive: Path) -> tuple[list[str], Callable[[int], None]]:
    """What to tell the JVM, and what to do with its exit code."""
    if archive.exists():
        return [*ONLY_ERRORS, f"-XX:SharedArchiveFile={archive}"], lambda code: None
    fresh = archive.with_suffix(f".{os.getpid()}")
    return [*ONLY_ERRORS, f"-XX:ArchiveClassesAtExit={fresh}"], lambda code: keep(fresh, archive, code)


def keep(fresh: Path, archive: Path, code: int) -> None:
    """A killed JVM may have written half: only a clean end makes the archive."""
    if not fresh.exists():
        return
    if code in ENDED_CLEANLY:
        fresh.replace(archive)
    else:
        fresh.unlink()
