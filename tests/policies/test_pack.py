"""The pack as the engine talks with it, without an engine: its process, and the analyzer's protocol."""

import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from aistacks_policies import rules

PACK = Path(__file__).parents[2] / "policies"
BUCKET = "aws:s3/bucket:Bucket"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
LOGS = "aws:cloudwatch/logGroup:LogGroup"


@pytest.fixture(scope="module")
def analyzer():
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", "."], cwd=PACK, stdout=subprocess.PIPE
    )
    try:
        place = f"127.0.0.1:{int(process.stdout.readline())}"
        with grpc.insecure_channel(place, options=[("grpc.enable_http_proxy", 0)]) as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def urn(token, name):
    return f"urn:pulumi:dev::shop::{token}::{name}"


def struct(props):
    made = struct_pb2.Struct()
    made.update(props)
    return made


def one(analyzer, token, name, props):
    request = analyzer_pb2.AnalyzeRequest(urn=urn(token, name), type=token, name=name, properties=struct(props))
    return {d.policyName: d for d in analyzer.Analyze(request).diagnostics}


def whole(analyzer, *resources):
    request = analyzer_pb2.AnalyzeStackRequest()
    for token, name, props, depends in resources:
        added = request.resources.add(urn=urn(token, name), type=token, name=name, properties=struct(props))
        for key, found in depends.items():
            added.propertyDependencies[key].urns.extend(urn(*f) for f in found)
    return {d.policyName: d for d in analyzer.AnalyzeStack(request).diagnostics}


def test_every_rule_is_a_policy_with_severity_sources_and_fix(analyzer):
    told = {p.name: p for p in analyzer.GetAnalyzerInfo(empty_pb2.Empty()).policies}
    assert set(told) == set(rules())
    policy = told["s3-tls-only"]
    assert policy.enforcementLevel == analyzer_pb2.MANDATORY
    assert policy.severity == analyzer_pb2.POLICY_SEVERITY_HIGH
    assert list(policy.tags) == ["S3.5"]
    assert policy.remediation_steps == rules()["s3-tls-only"].fix
    assert policy.policy_type == analyzer_pb2.POLICY_TYPE_STACK
    assert told["logs-kept-a-year"].policy_type == analyzer_pb2.POLICY_TYPE_RESOURCE


def test_a_resource_is_judged_by_its_inputs(analyzer):
    told = one(analyzer, LOGS, "logs", {"retentionInDays": 7})
    assert told["logs-kept-a-year"].message.endswith("must be at least 365. Set retentionInDays to 365 or more.")
    assert told["logs-kept-a-year"].enforcementLevel == analyzer_pb2.MANDATORY
    assert "is 7," in told["logs-kept-a-year"].message
    assert one(analyzer, LOGS, "logs", {"retentionInDays": 365}) == {}


def test_what_is_unknown_is_an_advice(analyzer):
    told = one(analyzer, LOGS, "logs", {"retentionInDays": UNKNOWN_STRING_VALUE})
    assert told["logs-kept-a-year"].enforcementLevel == analyzer_pb2.ADVISORY
    assert "logs (retentionInDays: isn't known before deployment)" in told["logs-kept-a-year"].message


def test_resources_are_joined_by_property_dependencies_and_then_by_ids(analyzer):
    on = {"versioningConfiguration": {"status": "Enabled"}}
    for bucket_id in (UNKNOWN_STRING_VALUE, "b-1234"):
        one(analyzer, BUCKET, "a", {})
        one(analyzer, BUCKET, "b", {})
        one(analyzer, VERSIONING, "v", {"bucket": bucket_id, **on})
        told = whole(
            analyzer,
            (BUCKET, "a", {"id": "a-1234"}, {}),
            (BUCKET, "b", {"id": bucket_id}, {}),
            (VERSIONING, "v", {"bucket": bucket_id, **on}, {"bucket": [(BUCKET, "b")]}),
        )
        assert told["s3-versioning"].urn == urn(BUCKET, "a")


def test_rules_across_resources_judge_what_was_asked_for_not_what_became_of_it(analyzer):
    one(analyzer, BUCKET, "a", {})
    told = whole(analyzer, (BUCKET, "a", {"acl": "public-read", "versioning": {"enabled": True}}, {}))
    assert "s3-no-acls" not in told
    assert "s3-versioning" in told


def test_a_failure_is_told_beside_what_is_unknown(analyzer):
    one(analyzer, BUCKET, "a", {"versioning": {"enabled": UNKNOWN_STRING_VALUE}})
    one(analyzer, BUCKET, "b", {"versioning": {"enabled": False}})
    request = analyzer_pb2.AnalyzeStackRequest()
    for name in "ab":
        request.resources.add(urn=urn(BUCKET, name), type=BUCKET, name=name, properties=struct({}))
    told = [d for d in analyzer.AnalyzeStack(request).diagnostics if d.policyName == "s3-versioning"]
    assert [d.enforcementLevel for d in told] == [analyzer_pb2.MANDATORY, analyzer_pb2.ADVISORY]
    assert told[0].urn == urn(BUCKET, "b")
