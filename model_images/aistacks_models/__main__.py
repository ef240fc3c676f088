"""``python -m aistacks_models``: the entry point that the command runs in the models environment.

Standard output is one line of JSON: the result, or ``{"error": …}`` with exit code 2.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, NoReturn

from aistacks_core import disk
from aistacks_core.errors import UserError

from .model_files import configured, load, locate
from .pipeline import STAGES, build
from .progress import err
from .stage_cache import StageCache


def main() -> None:
    """Run, and print the result."""
    given = _arguments()
    if given.owned:
        threading.Thread(target=_end_with_owner, daemon=True).start()
    try:
        answer = _build(given)
    except UserError as error:
        _refuse(error)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if full := disk.full(error, [given.stage_cache, Path(tempfile.gettempdir())]):
            _refuse(full)
        raise
    _say(answer)


def _end_with_owner() -> None:
    """End this process when the command that started it has gone: it holds the other end of standard input."""
    while os.read(0, 1 << 10):
        pass
    os._exit(1)


def _refuse(error: UserError) -> NoReturn:
    _say({"error": {name: getattr(error, name) for name in ("where", "got", "expected", "todo")}})
    sys.exit(2)


def _build(given: argparse.Namespace) -> dict[str, Any]:
    found = load(locate(given.model, given.folder))
    model = configured(found, _pairs("--size", given.size), _pairs("--training", given.training))
    cache = StageCache(given.stage_cache, model.name, log=lambda text: err.print(f"[dim]{text}[/]"))
    built = build(model, found.source, cache, given.until)
    stages = {
        name: {"folder": str(stage.folder), "digest": stage.digest, "cached": stage.cached}
        for name, stage in built.stages.items()
    }
    return {"name": built.name, "source": str(found.source), "stages": stages}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="aistacks_models", description="Build a model up to a stage.")
    verbs = parser.add_subparsers(required=True)
    verb = verbs.add_parser("build")
    verb.add_argument("model", help="a bundled model, a name in a --folder, or a .py file")
    verb.add_argument("--stage-cache", type=Path, required=True, help="folder of the stage cache")
    verb.add_argument("--folder", type=Path, action="append", default=[], help="folder of custom models")
    verb.add_argument("--owned", action="store_true", help="end as soon as standard input does")
    verb.add_argument("--until", choices=STAGES, default="package")
    verb.add_argument("--size", action="append", default=[], metavar="NAME=VALUE")
    verb.add_argument("--training", action="append", default=[], metavar="NAME=VALUE")
    return parser.parse_args()


def _pairs(flag: str, given: list[str]) -> dict[str, str]:
    pairs = {}
    for text in given:
        name, is_, value = text.partition("=")
        if not (name and is_):
            raise UserError(flag, repr(text), "NAME=VALUE")
        pairs[name] = value
    return pairs


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
