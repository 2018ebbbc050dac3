"""Only its owner may read a SQLite database: it contains points, phone numbers and names.

SQLite gives the files beside a database (its log and the log's index) the rights of the database
itself whenever it creates them.
"""

import logging
import os
from pathlib import Path

from stampbook.storage.address import DATA_FOLDER
from stampbook.storage.store import Unavailable

log = logging.getLogger(__name__)

FOLDER_MODE = 0o700
FILE_MODE = 0o600
OTHERS = 0o077
BESIDE = ("", "-wal", "-shm")


def make_folder(folder: Path) -> None:
    """Create Stampbook's own folder if it is missing, or one in it, for its owner only.

    Other folders are not made: the address of one that is missing is more likely to be mistyped.
    Raises Unavailable unless files can be created in the folder.
    """
    missing = []
    for each in (folder, *folder.parents):
        if each.exists():
            break
        missing.append(each)
    if missing and DATA_FOLDER not in missing[-1].parts:
        raise Unavailable(
            f"the folder {folder} does not exist. Make it, or name another place with --database"
        )
    try:
        for each in reversed(missing):
            each.mkdir(mode=FOLDER_MODE, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"the folder {folder} cannot be made ({error.strerror}). Name another place with"
            " --database"
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Unavailable(
            f"the folder {folder} cannot be written. Give this user the right to make files in"
            " it, or name another place with --database"
        )


def make_file(path: Path) -> None:
    """Create an empty database unless it exists.

    A file that exists is not opened: closing it would drop the locks that SQLite holds on it in
    this process. Raises Unavailable.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
    except FileExistsError:
        return
    except OSError as error:
        raise Unavailable(
            f"{path} cannot be made ({error.strerror}). Name another place with --database"
        ) from error


def keep_private(path: Path) -> None:
    """Remove the rights of other users from Stampbook's own folder and from its files.

    A folder that people have chosen is theirs: they may have let others read it.
    """
    if path.parent.name != DATA_FOLDER:
        return
    for file in loose_files(path):
        file.chmod(FILE_MODE)
    if _is_loose(path.parent):
        path.parent.chmod(FOLDER_MODE)


def log_rights_of_others(path: Path) -> None:
    """Log a warning if other users may read a database in a place that people have chosen."""
    if path.parent.name != DATA_FOLDER and loose_files(path):
        log.warning("%s can be read by other users of this machine: chmod 600 it", path)


def loose_files(path: Path) -> list[Path]:
    """The database's files that other users have rights to."""
    found = [path.with_name(path.name + end) for end in BESIDE]
    return [file for file in found if file.exists() and _is_loose(file)]


def _is_loose(place: Path) -> bool:
    """Whether the file is ours and other users have rights to it."""
    status = place.stat()
    return status.st_uid == os.geteuid() and bool(status.st_mode & OTHERS)
