"""Measure every variant of a built model by turns; runs in the models environment.

    python bert_by_turns.py MODEL.py COMPRESS_FOLDER ROUNDS RUNS

prints one line of JSON: for each number of threads, rows and tokens, each variant's times in milliseconds. Every
variant has a process of its own. Only one of them runs at a time; who is first changes from round to round.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from aistacks_models.model_files import configured, load
from aistacks_models.progress import bar
from aistacks_models.runners import open_runner
from aistacks_models.variants import Variants
from aistacks_models.verification.worker import Worker, WorkerSpec

THREADS = (2, 1)
SHAPES = ((1, 128), (1, 32), (8, 128))
"""Rows and tokens of a run; the first is what the figure is about."""
FASTER = "original, PyTorch's own attention"


def fused_attention(variant: Any, folder: Path, model: Any, threads: int = 1) -> Any:
    """The reference with scaled_dot_product_attention, which eager PyTorch has, too."""
    runner = open_runner(variant, folder, model, threads)
    runner.module.network.bert.set_attn_implementation("sdpa")
    return runner


def main() -> None:
    """Print the JSON."""
    source, folder, rounds, runs = Path(sys.argv[1]).resolve(), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    model = configured(load(source), {}, {})
    made = Variants.read(folder).made
    found = []
    with bar("timing", len(THREADS) * len(SHAPES) * rounds) as advance:
        for threads in THREADS:
            places = {v.name: WorkerSpec(open_runner, v, folder, model, source, threads) for v in made}
            places[FASTER] = WorkerSpec(fused_attention, made[0], folder, model, source, threads)
            with contextlib.ExitStack() as stack:
                children = {name: stack.enter_context(Worker(place, 600)) for name, place in places.items()}
                for rows, tokens in SHAPES:
                    times = by_turns(children, request(model, rows, tokens), rounds, max(1, runs // rows), advance)
                    found.append({"threads": threads, "rows": rows, "tokens": tokens, "ms": times})
    print(json.dumps(found))


def request(model: Any, rows: int, tokens: int) -> dict[str, Any]:
    """Random words, nothing masked: the most work that this shape can be."""
    random = np.random.default_rng(0)
    ids = random.integers(4, model.size.vocabulary, (rows, tokens))
    return {"input_ids": ids, "attention_mask": np.ones((rows, tokens), np.int64)}


def by_turns(
    children: dict[str, Worker], inputs: dict[str, Any], rounds: int, runs: int, advance: Any
) -> dict[str, list[float]]:
    """Milliseconds of ``rounds`` x ``runs`` runs of each."""
    names = list(children)
    times: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        first = turn % len(names)
        for name in (*names[first:], *names[:first]):
            # While the others ran, its weights left the caches.
            times[name] += (children[name].call("timed", inputs, runs, 2) / 1e6).tolist()
        advance()
    return times


if __name__ == "__main__":
    main()
