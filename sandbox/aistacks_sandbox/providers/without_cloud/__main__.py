"""The plugin process of one of them: ``python -m … PACKAGE [ENGINE]``."""

from __future__ import annotations

import importlib
import sys

from aistacks_core import import_lock

from ..server import serve

if __name__ == "__main__":
    import_lock.at_a_time()
    module = importlib.import_module(f"{__package__}.{sys.argv[1]}")
    serve(module.provider(), sys.argv[2:])
