"""The tables of `aistacks orphans`."""

from __future__ import annotations

import io

from rich.console import Console

from aistacks_cli import orphan_tables
from aistacks_recovery.orphans import Standing
from aistacks_recovery.orphans.report import Item

BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/k8s-shop-service/0123456789abcdef"


def test_an_id_is_whole_however_narrow_the_terminal():
    item = Item(
        kind="load balancer",
        type="aws:lb/loadBalancer:LoadBalancer",
        id=BALANCER,
        arn=BALANCER,
        region="eu-west-1",
        standing=Standing.ORPHAN,
        because="tag elbv2.k8s.aws/cluster=shop-prod",
        certain=True,
        made_by="AWS Load Balancer Controller",
        part_of="",
        created=None,
        age_days=5,
        holds_data=False,
        monthly_usd=None,
        not_counted="",
        refused="",
        tags={},
    )
    for width in (120, 200):
        console = Console(file=io.StringIO(), width=width)
        console.print(orphan_tables.found([item]))
        lines = console.file.getvalue().splitlines()
        begin, end = lines[0].index("Id"), lines[0].index("Where")
        assert "".join(line[begin:end].strip() for line in lines[1:]) == BALANCER
