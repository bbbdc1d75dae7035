"""Give back what deleted passages leave on the disk: their text, their vectors, their word tables.

Chroma marks deleted rows as free space without overwriting them and keeps the vector folders of
deleted collections. Somebody who takes their handouts out expects them to be gone.
"""

import contextlib
import logging
import shutil
import sqlite3
from collections.abc import Collection
from pathlib import Path

_log = logging.getLogger(__name__)


def reclaim(data_dir: Path, digests: Collection[str]) -> None:
    """Tidy the data folder; what cannot be tidied now is left for the next time.

    Args:
        data_dir: The data folder.
        digests: Of the shelves that there are; every other word table goes.
    """
    try:
        for table in (data_dir / "bm25").glob("*"):
            if table.name not in digests:
                shutil.rmtree(table, ignore_errors=True)
        database = data_dir / "chroma" / "chroma.sqlite3"
        if not database.is_file():
            return
        with contextlib.closing(sqlite3.connect(database, timeout=1)) as connection:
            used = {str(row[0]) for row in connection.execute("SELECT id FROM segments")}
            for folder in database.parent.iterdir():
                if folder.is_dir() and folder.name not in used:
                    shutil.rmtree(folder, ignore_errors=True)
            connection.execute("VACUUM")
    except (OSError, sqlite3.Error) as error:
        _log.info("not tidied: %s", type(error).__name__)
