"""Brings a program up in the sandbox through a faulty network until it is up: does it converge, is anything made twice?

.venv/bin/python benchmarks/faulty_aws.py [--count 50] [--seed 1] [--rate 0.05] [--as-aws] [--json FILE]

A proxy stands between the provider and the emulated AWS. It spoils a share of the calls: errors of the 500s, throttling
in each protocol's own form, delays, connections cut before, after and amid, requests that arrive twice. `up` is
repeated until it ends well (at most five times). Then what the emulated AWS holds is compared with an undisturbed
run's, by service and kind: what is there twice was made twice. `destroy` goes through the same network, and nothing may
be left. ``--as-aws``: the emulator isn't told which requests are repetitions, as AWS isn't without a client token.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from aistacks_core.errors import UserError
from aistacks_sandbox import cloud, processes
from aistacks_sandbox.emulator.server import holdings
from aistacks_sandbox.run import run
from aistacks_sandbox.state import State
from faulty.proxy import Proxy

TRIES = 5
PROGRAM = """
import json
import pulumi
import pulumi_aws as aws

vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16")
gateway = aws.ec2.InternetGateway("net", vpc_id=vpc.id)
table = aws.ec2.RouteTable("net", vpc_id=vpc.id, routes=[{"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id}])
for number in range(2):
    subnet = aws.ec2.Subnet(f"net-{number}", vpc_id=vpc.id, cidr_block=f"10.0.{number}.0/24")
    aws.ec2.RouteTableAssociation(f"net-{number}", subnet_id=subnet.id, route_table_id=table.id)
address = aws.ec2.Eip("nat", domain="vpc")
aws.ec2.NatGateway("nat", allocation_id=address.allocation_id, subnet_id=subnet.id)
aws.ec2.SecurityGroup("web", vpc_id=vpc.id, ingress=[
    {"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["10.0.0.0/8"]}])
key = aws.kms.Key("data", deletion_window_in_days=7)
aws.kms.Alias("data", target_key_id=key.id)
bucket = aws.s3.Bucket("data")
versions = aws.s3.BucketVersioning("data", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
# An object of before has no version that its deletion could name: a marker would be left, and keep the bucket.
after = pulumi.ResourceOptions(depends_on=[versions])
aws.s3.BucketObject("data", bucket=bucket.id, key="note", content="x" * 4096, opts=after)
role = aws.iam.Role("worker", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))
aws.iam.RolePolicyAttachment("worker", role=role.name, policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess")
queue = aws.sqs.Queue("jobs")
topic = aws.sns.Topic("news")
aws.sns.TopicSubscription("news", topic=topic.arn, protocol="sqs", endpoint=queue.arn)
aws.dynamodb.Table("rows", hash_key="id", billing_mode="PAY_PER_REQUEST", attributes=[{"name": "id", "type": "S"}])
aws.cloudwatch.LogGroup("log", retention_in_days=7)
aws.secretsmanager.Secret("word")
aws.ssm.Parameter("setting", type="String", value="1")
aws.glue.CatalogDatabase("lake", name="lake")
aws.efs.FileSystem("shared")
aws.ecr.Repository("images")
"""


class Bench:
    """A project of its own with a running sandbox."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self.program = folder / "faulty"
        for path in (self.project, self.program):
            path.mkdir()
            (path / "Pulumi.yaml").write_text(f"name: {path.name}\nruntime: python\n")
        (self.program / "__main__.py").write_text(PROGRAM)
        self.state = State.of(self.project)
        self.cloud = cloud.start(self.state)
        self.known = self._through(self.cloud.endpoint, lambda: self._kinds())

    def close(self) -> None:
        """Stop the sandbox."""
        for process in reversed(processes.running(self.state)):
            processes.stop(self.state, process.name, timeout=3)

    def cycle(self, seed: int, rate: float, *, as_aws: bool = False) -> dict[str, Any]:
        """Up and destroy through a faulty proxy; what came of it."""
        proxy = Proxy(self.cloud.endpoint, rate, seed, as_aws)
        told: dict[str, Any] = {"seed": seed}
        try:
            began = time.monotonic()
            told["ups"], told["told"] = self._until_well(proxy.url, destroy=False)
            told["seconds"] = round(time.monotonic() - began, 1)
            held = self._kinds()
            told["twice"], told["missing"] = dict(held - self.known), dict(self.known - held)
            told["destroys"], more = self._until_well(proxy.url, destroy=True)
            told["told"] += more
            told["left"] = sum((self._kinds()).values())
        finally:
            proxy.close()
        told["spoiled"], told["calls"] = dict(proxy.spoiled), proxy.calls
        converged = told["ups"] <= TRIES and told["destroys"] <= TRIES
        told["well"] = converged and not told["twice"] and not told["missing"] and not told["left"]
        return told

    def _until_well(self, endpoint: str, *, destroy: bool) -> tuple[int, list[str]]:
        """How many times it took, `TRIES` + 1 where that wasn't enough, and what the failed ones said."""
        said: list[str] = []
        for number in range(1, TRIES + 1):
            try:
                self._run(endpoint, destroy=destroy)
            except UserError as error:
                said.append(str(error).splitlines()[0][:200])
            else:
                return number, said
        return TRIES + 1, said

    def _run(self, endpoint: str, *, destroy: bool = False) -> None:
        real = cloud.start
        with ExitStack() as stack:
            cloud.start = lambda state: replace(real(state), endpoint=endpoint)
            stack.callback(setattr, cloud, "start", real)
            run(self.project, self.program, "sandbox", destroy=destroy)

    def _through(self, endpoint: str, look: Any) -> Any:
        self._run(endpoint)
        try:
            return look()
        finally:
            self._run(endpoint, destroy=True)

    def _kinds(self) -> Counter[str]:
        """How many of each kind the emulated AWS holds."""
        found: Counter[str] = Counter()
        for service, things in holdings(self.cloud.endpoint).items():
            for thing in things:
                found[f"{service} {re.split(r'[ :/]', thing)[0]}"] += 1
        return found


def main() -> int:
    """A line for each run, and the sum; 1 where one didn't converge or something was made twice."""
    given = _arguments()
    runs = []
    with tempfile.TemporaryDirectory(prefix="aistacks-faulty-") as folder:
        bench = Bench(Path(folder).resolve())
        try:
            for number in range(given.count):
                runs.append(bench.cycle(given.seed * 1000 + number, given.rate, as_aws=given.as_aws))
                print(json.dumps(runs[-1]), flush=True)
        finally:
            bench.close()
    spoiled: Counter[str] = Counter()
    for one in runs:
        spoiled.update(one["spoiled"])
    told = {
        "count": given.count,
        "seed": given.seed,
        "rate": given.rate,
        "well": sum(one["well"] for one in runs),
        "ups": Counter(one["ups"] for one in runs),
        "twice": sum(sum(one["twice"].values()) for one in runs),
        "left": sum(one["left"] for one in runs),
        "spoiled": dict(spoiled),
    }
    print(json.dumps(told))
    if given.json:
        given.json.write_text(json.dumps({**told, "runs": runs}, indent=1) + "\n")
    return 0 if told["well"] == given.count else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=0.05)
    parser.add_argument("--as-aws", action="store_true", help="repeat as AWS sees it: only client tokens tell")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
