"""A program's own modules, compiled from what they say now.

Python keeps bytecode by a file's second and size, so an edit of the same length within one second would be planned as
what it replaced. It would also leave `__pycache__` in a folder that is not ours.
"""

import sys
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from pathlib import Path
from typing import Any


class _AsWritten(SourceFileLoader):
    def path_stats(self, path: Any) -> Any:
        """Nothing: without a time the machinery neither reads nor writes bytecode."""
        raise OSError(path)


def as_written(*folders: Path) -> None:
    """From now on, compile modules below ``folders`` anew whenever they are imported.

    What is installed below them (``site-packages``) keeps its bytecode.
    """
    roots = tuple(f"{folder}/" for folder in folders)

    def hook(path: str) -> FileFinder:
        inside = f"{path}/".startswith(roots) and "/site-packages/" not in f"{path}/"
        if not inside or not Path(path).is_dir():
            raise ImportError(path)
        return FileFinder(
            path,
            (ExtensionFileLoader, EXTENSION_SUFFIXES),
            (_AsWritten, SOURCE_SUFFIXES),
            (SourcelessFileLoader, BYTECODE_SUFFIXES),
        )

    sys.path_hooks.insert(0, hook)
    for path in list(sys.path_importer_cache):
        if f"{path}/".startswith(roots):
            del sys.path_importer_cache[path]
