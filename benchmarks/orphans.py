"""Plants random mixes of things for two stacks in one emulated account, and holds what `aistacks orphans` finds.

    .venv/bin/python benchmarks/orphans.py --seed 1 --mixes 10

In each mix every kind is planted for either stack none to twice; about a third of ours go into the state, and the
cluster is in the state in every other mix. All of ours that the state doesn't know has to be found, nothing that it
knows may be called an orphan, and nothing of the neighbour's may be found at all. Exit code 1 where one of them fails.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import orphan_plants
from aistacks_catalog.aws.inventory import kinds
from aistacks_core.loopback import free_port
from aistacks_recovery.account import Account
from aistacks_recovery.deployment import Deployment, Resource
from aistacks_recovery.orphans import Stack, Standing, find
from aistacks_sandbox.emulator.server import wait_ready

REGION = "eu-west-1"
OURS, THEIRS = "shop/dev", "shop/dev-2"
CLUSTER = "shop-dev"


def planted(ground: orphan_plants.Ground, chance: random.Random) -> list[tuple[str, str]]:
    """(kind, id) of a random mix."""
    made = []
    for kind, plant in orphan_plants.PLANTS.items():
        for _ in range(chance.randint(0, 2)):
            made.append((kind, plant(replace(ground, number=len(made)))))
    return made


def resource(kind: str, id_: str, number: int) -> Resource:
    """As the state has it. The provider notes a Glue database with the account's number before its name."""
    token = kinds()[kind].type
    noted = f"123456789012:{id_}" if kind == "Glue database" else id_
    return Resource(f"urn:pulumi:dev::shop::{token}::r{number}", token, noted)


def mix(endpoint: str, seed: int) -> dict[str, object]:
    """One mix: how many were planted, missed, wrongly called orphans, and taken from the neighbour."""
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")).close()
    chance = random.Random(seed)
    account = Account(REGION, endpoint)
    ours = planted(orphan_plants.ground(account, OURS, "ours", CLUSTER), chance)
    theirs = planted(orphan_plants.ground(account, THEIRS, "theirs", f"{CLUSTER}-2"), chance)
    known = [each for each in ours if chance.random() < 1 / 3]
    alive = bool(seed % 2)
    resources = [resource(*each, i) for i, each in enumerate(known)]
    if alive:
        resources.append(
            Resource("urn:pulumi:dev::shop::aws:eks/cluster:Cluster::c", "aws:eks/cluster:Cluster", CLUSTER)
        )
    stack = Stack.of(OURS, Deployment(tuple(resources), ()), REGION, clusters=[CLUSTER])
    began = time.monotonic()
    finding = find(stack, account)
    seconds = time.monotonic() - began
    found = {(each.thing.kind, each.thing.id) for each in finding.found if each.standing is not Standing.BELONGS}
    return {
        "seed": seed,
        "cluster alive": alive,
        "planted": len(ours) - len(known),
        "missed": sorted(set(ours) - set(known) - found),
        "in the state, called orphan": sorted(found & set(known)),
        "neighbour's planted": len(theirs),
        "neighbour's taken": sorted(found & set(theirs)),
        "unread": [each.kind for each in finding.unread],
        "seconds": round(seconds, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mixes", type=int, default=10)
    options = parser.parse_args()
    os.environ.update(AWS_ACCESS_KEY_ID="sandbox", AWS_SECRET_ACCESS_KEY="sandbox")
    port = free_port()
    command = [sys.executable, "-m", "aistacks_sandbox.emulator.server", "--port", str(port)]
    wrong = 0
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            endpoint = f"http://127.0.0.1:{port}"
            wait_ready(endpoint, 60, lambda: process.poll() is None)
            for seed in range(options.seed, options.seed + options.mixes):
                told = mix(endpoint, seed)
                wrong += any(
                    told[key] for key in ("missed", "in the state, called orphan", "neighbour's taken", "unread")
                )
                print(json.dumps(told), flush=True)
        finally:
            process.terminate()
            process.wait(60)
    print(f"{options.mixes - wrong} of {options.mixes} mixes right")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
