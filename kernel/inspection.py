"""What a file really is, and a picture without its location. The reading itself is done by programs of their own
(`file_check.py`, `picture.py`), each in a short-lived process without our environment, under limits.
"""

from __future__ import annotations

import logging
from pathlib import Path

from kernel.errors import RuleError
from kernel.isolated import IsolatedError, run

log = logging.getLogger(__name__)
FOLDER = Path(__file__).parent
CHECK_SECONDS, CHECK_MEGABYTES = 40, 800
COPY_SECONDS, COPY_MEGABYTES = 90, 1200
UNREADABLE = "The selected file cannot be checked: it is damaged, or takes too much to read. Get it again and add that"


def file_kind(path: Path, name: str) -> str:
    """The kind of a file by its whole content. Raises RuleError, with a sentence, for one that is not taken."""
    try:
        said = run(
            FOLDER / "file_check.py",
            {"path": str(path.resolve()), "name": name},
            seconds=CHECK_SECONDS,
            megabytes=CHECK_MEGABYTES,
        )
    except IsolatedError as error:
        log.warning("a file could not be checked: %s", error)
        raise RuleError(UNREADABLE, "files") from None
    if "refused" in said:
        raise RuleError(said["refused"], "files")
    return str(said["kind"])


def picture_redraw(path: Path, target: Path) -> str:
    """Write a picture anew to `target` (which must not be there), pixels alone; answers the kind of the new file.

    Raises IsolatedError where that cannot be done; then there is no target.
    """
    order = {"path": str(path.resolve()), "target": str(target.resolve())}
    try:
        return str(run(FOLDER / "picture.py", order, seconds=COPY_SECONDS, megabytes=COPY_MEGABYTES)["kind"])
    except IsolatedError:
        target.unlink(missing_ok=True)
        raise
