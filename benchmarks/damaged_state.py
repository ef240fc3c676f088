"""Checkpoints cut off at random bytes: does the engine stop, is the state put back, is it said, is it the same one.

    python benchmarks/damaged_state.py --count 50 --seed 1

A stack of the real engine's in a folder, and one in an emulated S3 bucket with versions. A case cuts the present
checkpoint off, lets the engine refuse it, puts it right as `aistacks state restore` does, and lets the engine read it.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from aistacks_recovery.restoring import mend
from aistacks_recovery.state.copies import present_key
from engine_stacks import EngineStack
from s3_backends import bucket_url


def cases(stack: EngineStack, count: int, seed: int) -> dict[str, int]:
    """How many of ``count`` cases went well, by what is asked of them."""
    key = present_key(stack.store, stack.files)
    whole = stack.store.read(key)
    chosen = random.Random(seed)
    found = {"cut": 0, "engine refuses": 0, "said so": 0, "the same bytes": 0, "engine takes it": 0}
    for _ in range(count):
        length = chosen.randrange(len(whole))
        stack.store.write(key, whole[:length])
        found["cut"] += 1
        found["engine refuses"] += stack.run("stack").returncode != 0
        said = mend(stack.store, stack.files, "the benchmark")
        found["said so"] += len(said) == 1 and "was damaged" in said[0]
        found["the same bytes"] += stack.store.read(key) == whole
        found["engine takes it"] += stack.run("stack").returncode == 0
    return found


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--count", type=int, default=50)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    os.environ.update(AWS_ACCESS_KEY_ID="sandbox", AWS_SECRET_ACCESS_KEY="sandbox")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    well = True
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "backend").mkdir()
        backends = {"folder": (place / "backend").as_uri(), "bucket": bucket_url(f"{host}:{port}", "damaged")}
        for name, url in backends.items():
            stack = EngineStack(place / name, url)
            for names in (("a",), ("a", "b"), ("a", "b", "c")):
                stack.up(*names)
            found = cases(stack, options.count, options.seed)
            print(f"{name}, seed {options.seed}: {found}")
            well = well and set(found.values()) == {options.count}
    server.stop()
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
