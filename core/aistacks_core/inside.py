"""Runs a module of ours in the program's own Python: ``python -P inside.py '{"package": "folder", …}' MODULE``.

Our packages are found where they lie, whatever else lies there: what the program's environment lacks stays lacking.
This file is run as it is, by another Python with other packages, so it imports only what every Python has.
"""

import importlib
import json
import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


class _Ours:
    """Finds our packages, each in its folder, before any of that name in the environment."""

    def __init__(self, folders: dict[str, str]) -> None:
        self._folders = folders

    def find_spec(self, name: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        folder = self._folders.get(name)
        return PathFinder.find_spec(name, [folder], target) if folder and path is None else None


def main() -> None:
    """Import the module and run its ``main``; where this Python can't, say why in its place."""
    sys.meta_path.insert(0, _Ours(json.loads(sys.argv[1])))
    try:
        module = importlib.import_module(sys.argv[2])
    except Exception as error:  # noqa: BLE001 (whatever lies in that environment)
        if sys.stdin.read():
            text = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            sys.stdout.write(json.dumps({"unusable": text}) + "\n")
        return
    sys.exit(module.main())


if __name__ == "__main__":
    main()
