"""A BERT-base-sized token classifier, compressed: each variant against eager PyTorch in fp32, by turns, same threads.

    .venv/bin/python benchmarks/bert_compression.py [--rounds N] [--runs N] [--json FILE]

Builds `bert_base.py` up to `verify` first (a quarter of an hour on two idle cores, kept for the next time; a run that
was cut short goes on), then times 128 and 32 tokens, with 2 threads and with 1. F1 and the classification report are
of held-out sentences, by which nothing was trained or chosen.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from aistacks_core import python_env
from aistacks_models.verification.document import Judged, Verification
from aistacks_models.workflows import models_env, pipeline_runner

HERE = Path(__file__).parent
MODEL = HERE / "bert_base.py"
ORIGINAL, RUNTIME = "original", "onnx"
"""The two references: eager PyTorch and ONNX Runtime, both in fp32."""


def main() -> None:
    """Build, time, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12, help="turns of all variants. Default: 12")
    parser.add_argument("--runs", type=int, default=10, help="runs of one row in each turn. Default: 10")
    parser.add_argument("--json", type=Path, help="file for everything that was measured")
    given = parser.parse_args()
    built = pipeline_runner.build(str(MODEL), until="verify")
    verified = Verification.read(built.folders["verify"])
    timed = times(built.folders["compress"], given.rounds, given.runs)
    print(f"# BERT-base, compressed: {verified.machine.cpu}, {verified.machine.cores} cores\n")
    quality_table(verified)
    for shape in timed:
        latency_table(shape)
    figure(verified, timed[0])
    chosen = verified.variant(verified.chosen or ORIGINAL).measured
    print(f"\nHeld-out sentences, {chosen.variant.name}:\n")
    for line in chosen.classification:
        numbers = f"precision {line.precision:.4f}  recall {line.recall:.4f}  F1 {line.f1:.4f}"
        print(f"    {line.name:<14} {numbers}  words {line.support}")
    if given.json:
        document = {"verification": verified.model_dump(mode="json"), "timed": timed}
        given.json.write_text(json.dumps(document, indent=1) + "\n")


def times(folder: Path, rounds: int, runs: int) -> list[dict[str, Any]]:
    """What `bert_by_turns.py` found, in the models environment."""
    command = [python_env.ensure("models").python, HERE / "bert_by_turns.py", MODEL, folder, rounds, runs]
    with models_env.variables() as variables:
        done = subprocess.run(
            [str(word) for word in command], env=variables, stdout=subprocess.PIPE, text=True, check=True
        )
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def quality_table(verified: Verification) -> None:
    """F1 with its interval, size, agreement and gates of each variant."""
    reference = verified.variant(ORIGINAL).measured.variant.bytes
    print(f"| variant | {verified.metric} | change (95 % interval) | MB | of fp32 | same tags | gates |")
    print("| --- | ---: | --- | ---: | ---: | ---: | --- |")
    for judged in verified.variants:
        print(f"| {judged.name} | {_quality(judged, reference)} |")
    for dropped in verified.dropped:
        print(f"| {dropped.name} | dropped: {dropped.reason} | | | | | |")


def latency_table(shape: dict[str, Any]) -> None:
    """Medians and 99th percentiles of one shape."""
    print(f"\n{shape['rows']} x {shape['tokens']} tokens, threads: {shape['threads']}\n")
    print("| variant | median ms | p99 ms | of PyTorch | of ONNX Runtime | runs |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    torch, ort = (median(shape["ms"][name]) for name in (ORIGINAL, RUNTIME))
    for name, ms in shape["ms"].items():
        middle, slow = median(ms), quantiles(ms, n=100, method="inclusive")[98]
        print(f"| {name} | {middle:.1f} | {slow:.1f} | {middle / torch:.3f} | {middle / ort:.3f} | {len(ms)} |")


def figure(verified: Verification, shape: dict[str, Any]) -> None:
    """What was to be reached, and what was, by the chosen variant."""
    if verified.chosen is None:
        print(f"\nNo variant passed its gates: {verified.why}")
        return
    chosen = verified.variant(verified.chosen).measured
    took, torch, ort = (median(shape["ms"][name]) for name in (verified.chosen, ORIGINAL, RUNTIME))
    size = chosen.variant.bytes / verified.variant(ORIGINAL).measured.variant.bytes
    loss = -chosen.quality.difference.low if chosen.quality else float("nan")
    rows = (
        ("latency against eager PyTorch, fp32", took / torch, 0.25),
        ("latency against ONNX Runtime, fp32", took / ort, 0.35),
        ("size", size, 0.25),
        ("F1 lost, at the worse end of its interval", loss, 0.01),
    )
    print(f"\n{verified.chosen}, {shape['rows']} x {shape['tokens']} tokens, threads: {shape['threads']}\n")
    print("| what | got | reach | |\n| --- | ---: | ---: | --- |")
    for what, got, reach in rows:
        print(f"| {what} | {got:.3f} | {reach} | {'reached' if got <= reach else 'missed'} |")


def _quality(judged: Judged, reference: int) -> str:
    measured = judged.measured
    size = f"{measured.variant.bytes / 1e6:.1f} | {measured.variant.bytes / reference:.3f}"
    verdict = "passed" if judged.passed else ", ".join(verdict.gate for verdict in judged.refused_by)
    if measured.quality is None:
        return f"- | {measured.error} | {size} | - | {verdict}"
    change = measured.quality.difference
    interval = f"{change.value:+.4f} ({change.low:+.4f} to {change.high:+.4f})"
    same = f"{measured.agreement.same:.4f}" if measured.agreement else "-"
    return f"{measured.quality.value.value:.4f} | {interval} | {size} | {same} | {verdict}"


if __name__ == "__main__":
    main()
