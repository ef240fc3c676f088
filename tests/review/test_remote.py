"""Components that run in a process of their own: nothing of them is guessed but what their package declares."""

import runpy
import sys
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s
import pytest

from aistacks_core.property_values import UNKNOWN
from aistacks_review.record.answers import OfflineAnswers
from aistacks_review.record.recorder import record


@pulumi.output_type
class Config(dict):
    @property
    @pulumi.getter
    def result(self) -> str:
        return pulumi.get(self, "result")


@pulumi.input_type
class ClusterArgs:
    pass


class Cluster(pulumi.ComponentResource):
    """As a package's SDK generates it."""

    def __init__(self, name, opts=None, **given):
        props = ClusterArgs.__new__(ClusterArgs)
        outputs = dict.fromkeys(("kubeconfig", "kubeconfig_json", "subnet_ids", "cluster", "nat_gateways"))
        props.__dict__.update({**outputs, **given})
        super().__init__("fake:index:Cluster", name, props, opts, remote=True)

    @property
    @pulumi.getter
    def kubeconfig(self) -> pulumi.Output[Any]:
        return pulumi.get(self, "kubeconfig")

    @property
    @pulumi.getter(name="kubeconfigJson")
    def kubeconfig_json(self) -> pulumi.Output[str]:
        return pulumi.get(self, "kubeconfig_json")

    @property
    @pulumi.getter(name="subnetIds")
    def subnet_ids(self) -> pulumi.Output[list[str]]:
        return pulumi.get(self, "subnet_ids")

    @property
    @pulumi.getter(name="natGateways")
    def nat_gateways(self) -> pulumi.Output[list["aws.ec2.NatGateway"]]:
        return pulumi.get(self, "nat_gateways")

    @property
    @pulumi.getter
    def cluster(self) -> pulumi.Output["aws.eks.Cluster"]:
        return pulumi.get(self, "cluster")

    def get_kubeconfig(self, profile=None):
        args = {"__self__": self, "profileName": profile}
        result = pulumi.runtime.call("fake:index:Cluster/getKubeconfig", args, res=self, typ=Config)
        return result.apply(lambda it: it.result)

    def get_one(self):
        return pulumi.runtime.call_single("fake:index:Cluster/getOne", {"__self__": self}, res=self)


def recorded(program, *, symbols=True):
    return record(program, config={"aws:region": "eu-west-1"}, answers=OfflineAnswers("eu-west-1"), symbols=symbols)


def everything():
    bucket = aws.s3.Bucket("data")
    cluster = Cluster("main", nat_gateways={"strategy": "Single"}, subnet_ids=["given"], role=bucket, version="1.31")
    provider = k8s.Provider("k8s", kubeconfig=cluster.kubeconfig_json)
    k8s.core.v1.Namespace("apps", opts=pulumi.ResourceOptions(provider=provider, depends_on=[cluster]))
    other = k8s.Provider("other", kubeconfig=cluster.get_kubeconfig(profile="p"))
    k8s.core.v1.ConfigMap("late", data={"one": cluster.get_one()}, opts=pulumi.ResourceOptions(provider=other))
    aws.ec2.Instance("vm", subnet_id=cluster.subnet_ids[0], user_data=cluster.cluster.apply(lambda it: it.name))
    pulumi.export("gateways", cluster.nat_gateways)
    pulumi.export("config", cluster.kubeconfig.apply(lambda it: it["x"]))
    pulumi.export("endpoint", cluster.cluster.endpoint)


@pytest.mark.parametrize("symbols", [True, False])
def test_no_input_is_taken_for_an_output_and_no_method_crashes(symbols):
    plan = recorded(everything, symbols=symbols)
    assert plan.exports == {"gateways": UNKNOWN, "config": UNKNOWN, "endpoint": UNKNOWN}
    assert plan["vm"].inputs["userData"] is UNKNOWN
    assert plan["other"].inputs["kubeconfig"] is UNKNOWN
    assert plan["late"].inputs["data"] == {"one": UNKNOWN}
    assert "given" not in str(plan["vm"].inputs)


def test_what_the_package_declares_has_stand_ins():
    plan = recorded(everything)
    assert plan["k8s"].inputs["kubeconfig"].startswith("main-zz")
    assert plan["vm"].inputs["subnetId"].startswith("main-zz")


def test_each_is_named_with_its_line(tmp_path, monkeypatch):
    file = tmp_path / "main.py"
    file.write_text("from fakes import Cluster\n\ncluster = Cluster('main')\ncluster.get_kubeconfig()\n")
    monkeypatch.setitem(sys.modules, "fakes", sys.modules[__name__])
    plan = record(lambda: runpy.run_path(str(file)), answers=OfflineAnswers(""), root=tmp_path, symbols=True)
    told = {o.kind: (o.what, o.line) for o in plan.opaque}
    assert told["remote component"] == ("fake:index:Cluster main", 3)
    assert told["method of a remote component"][0] == "fake:index:Cluster/getKubeconfig of main"
    assert told["method of a remote component"][1] == 4
