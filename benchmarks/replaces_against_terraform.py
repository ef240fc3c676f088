"""What replaces: the plan's answer against Terraform's own `replace_paths`, for each AWS edit of the plain program.

    .venv/bin/python benchmarks/replaces_against_terraform.py

Terraform plans a state that has the old value against a configuration that has the new one; nothing is asked of AWS.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import measuring
import plan_scale
import program_edits
from program_edits import Item

TYPES = {
    "aws.cloudwatch.LogGroup": "aws_cloudwatch_log_group",
    "aws.dynamodb.Table": "aws_dynamodb_table",
    "aws.ec2.SecurityGroup": "aws_security_group",
    "aws.ec2.Subnet": "aws_subnet",
    "aws.ec2.Vpc": "aws_vpc",
    "aws.ecr.Repository": "aws_ecr_repository",
    "aws.iam.Role": "aws_iam_role",
    "aws.iam.RolePolicy": "aws_iam_role_policy",
    "aws.kms.Alias": "aws_kms_alias",
    "aws.kms.Key": "aws_kms_key",
    "aws.s3.Bucket": "aws_s3_bucket",
    "aws.s3.BucketLifecycleConfiguration": "aws_s3_bucket_lifecycle_configuration",
    "aws.s3.BucketPolicy": "aws_s3_bucket_policy",
    "aws.s3.BucketVersioning": "aws_s3_bucket_versioning",
    "aws.sns.Topic": "aws_sns_topic",
    "aws.sns.TopicSubscription": "aws_sns_topic_subscription",
    "aws.sqs.Queue": "aws_sqs_queue",
    "aws.sqs.QueuePolicy": "aws_sqs_queue_policy",
    "aws.ssm.Parameter": "aws_ssm_parameter",
}
_BLOCKS = {"attributes": "attribute", "rules": "rule", "topic": "topic_arn"}
"""Arguments that Terraform calls otherwise."""


@dataclass(frozen=True)
class Edit:
    """One argument's other value, with both sides written out."""

    item: Item
    argument: str
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def name(self) -> str:
        return f"{self.item.variable}.{self.argument} = {self.after[self.argument]!r}"[:90]


class _Text(str):
    def apply(self, function: Any) -> Any:
        return function(str(self))


class _Texts(list[str]):
    def apply(self, function: Any) -> Any:
        return function([str(item) for item in self])


class _Resource:
    """Stands for another resource: its outputs are texts of the right form."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, output: str) -> _Text:
        known = {
            "arn": f"arn:aws:sqs:eu-west-1:123456789012:{self.name}",
            "url": f"https://sqs.eu-west-1.amazonaws.com/123456789012/{self.name}",
        }
        return _Text(known.get(output, f"{self.name}-1"))


class _Pulumi:
    class Output:
        @staticmethod
        def secret(value: Any) -> Any:
            return value

        @staticmethod
        def all(*values: Any) -> _Texts:
            return _Texts(values)


def edits() -> list[Edit]:
    """Every edit of an AWS resource whose arguments can be written out."""
    items = program_edits.base()
    scope: dict[str, Any] = {}
    exec(program_edits.HEAD[program_edits.HEAD.index("def policy") :], {"json": json}, scope)  # (our own text)
    names = {**scope, "json": json, "pulumi": _Pulumi, **{i.variable: _Resource(i.variable) for i in items}}
    found = []
    for item in items:
        if item.kind not in TYPES:
            continue
        before = {key: eval(value, names) for key, value in item.arguments.items()}  # (our own text)
        for argument, values in [*item.updates.items(), *item.replaces.items()]:
            found += [Edit(item, argument, before, {**before, argument: eval(v, names)}) for v in values]
    return found


def ours(edit: Edit) -> str:
    """What the plan says."""
    import pulumi_aws

    from aistacks_review.compare.comparison import compare
    from aistacks_review.record.recorder import record

    _, module, kind = edit.item.kind.split(".")
    made = getattr(getattr(pulumi_aws, module), kind)

    def plan(arguments: dict[str, Any]) -> Any:
        config = {"aws:region": "eu-west-1"}
        return record(lambda: made(edit.item.name, **arguments), config=config, symbols=True)

    changes = compare(plan(edit.before), plan(edit.after)).changes
    if not changes:
        return "same"
    return f"{changes[0].kind.value}{' or replace' if changes[0].may_replace else ''}"


def theirs(every: list[Edit], folder: Path, plugins: Path) -> dict[int, str]:
    """What Terraform says, by an edit's place; without those that it refuses."""
    _write(folder, [], {})
    plan_scale.terraform_ready(folder, plugins)
    schema = json.loads(_terraform(folder, "providers", "schema", "-json").out)
    resources = next(iter(schema["provider_schemas"].values()))["resource_schemas"]
    left = dict(enumerate(every))
    # With the provider's defaults in it; without them a state differs from every configuration.
    made = {place: change["after"] for place, change in _planned(folder, left, resources, None).items()}
    changes = _planned(folder, left, resources, made)
    return {place: _kind(changes[place]) for place in left}


def _planned(
    folder: Path, left: dict[int, Edit], schemas: dict[str, Any], made: dict[int, dict[str, Any]] | None
) -> dict[int, dict[str, Any]]:
    """What Terraform plans for each edit: from what was ``made`` to what is wanted, or (``None``) what is made first.

    What it refuses is taken out of ``left``.
    """
    while left:
        _write(folder, list(left.items()), schemas, made)
        done = _terraform(folder, "plan", "-json", "-refresh=false", "-input=false", "-out=plan")
        refused = _refused(done.out)
        if not refused:
            break
        for place in refused:
            left.pop(place, None)
    shown = json.loads(_terraform(folder, "show", "-json", "plan").out)
    return {int(c["name"].removeprefix("edit")): c["change"] for c in shown["resource_changes"]}


def _kind(change: dict[str, Any]) -> str:
    if change.get("replace_paths"):
        return "replace"
    return {("no-op",): "same", ("update",): "update"}.get(tuple(change["actions"]), "/".join(change["actions"]))


def _refused(out: str) -> set[int]:
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    errors = [line["diagnostic"] for line in lines if line.get("@level") == "error" and "diagnostic" in line]
    places = {e["address"].rsplit(".edit", 1)[1] for e in errors if ".edit" in e.get("address", "")}
    if errors and not places:
        raise RuntimeError(f"{errors[0]['summary']}: {errors[0].get('detail', '')}")
    return {int(place) for place in places}


def _terraform(folder: Path, *words: str) -> measuring.Measured:
    return measuring.run(["terraform", *words], cwd=folder, env=plan_scale.terraform_environment())


def _write(
    folder: Path, every: list[tuple[int, Edit]], schemas: dict[str, Any], made: dict[int, dict[str, Any]] | None = None
) -> None:
    generated = {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "5.100.0"}}},
        "provider": {
            "aws": {
                "region": "eu-west-1",
                "access_key": "x",
                "secret_key": "x",
                "skip_credentials_validation": True,
                "skip_requesting_account_id": True,
                "skip_metadata_api_check": True,
            }
        },
    }
    resources: dict[str, dict[str, Any]] = {}
    state = []
    for place, edit in every:
        kind = TYPES[edit.item.kind]
        block = schemas[kind]["block"]
        wanted = edit.before if made is None else edit.after
        resources.setdefault(kind, {})[f"edit{place}"] = _configured(wanted, block)
        if made is None:
            continue
        attributes = {**made[place], "id": "x"}
        instance = {"schema_version": schemas[kind].get("version", 0), "attributes": attributes}
        provider = 'provider["registry.terraform.io/hashicorp/aws"]'
        state.append(
            {"mode": "managed", "type": kind, "name": f"edit{place}", "provider": provider, "instances": [instance]}
        )
    (folder / "main.tf.json").write_text(
        json.dumps({**generated, **({"resource": resources} if resources else {})}).replace("${", "$${")
    )
    written = {"version": 4, "terraform_version": "1.0.0", "serial": 1, "lineage": "x", "resources": state}
    (folder / "terraform.tfstate").write_text(json.dumps(written))


def _configured(arguments: dict[str, Any], block: dict[str, Any]) -> dict[str, Any]:
    """Arguments as Terraform has them: blocks are lists, and some are called otherwise."""
    found = {}
    for name, value in arguments.items():
        key = name if name in block["attributes"] or name in block.get("block_types", {}) else _BLOCKS.get(name, name)
        if value is None:
            continue
        nested = block.get("block_types", {}).get(key)
        if nested:
            items = value if isinstance(value, list) else [value]
            found[key] = [_configured(item, nested["block"]) for item in items]
        else:
            found[key] = _whole(value, block["attributes"].get(key, {}).get("type"))
    return found


def _whole(value: Any, type_: Any) -> Any:
    """A list of objects that is an attribute, not a block, wants each of their keys."""
    if isinstance(type_, list) and isinstance(type_[1], list) and type_[1][0] == "object" and isinstance(value, list):
        return [{**dict.fromkeys(type_[1][1]), **item} for item in value]
    return value


def main() -> None:
    """Compare and print; exit code 1 where they differ on what replaces."""
    plugins = plan_scale.terraform_plugins()
    if plugins is None:
        sys.exit("Terraform, or its provider hashicorp/aws 5.100.0, isn't on this machine")
    every = edits()
    with tempfile.TemporaryDirectory() as folder:
        answers = theirs(every, Path(folder), plugins)
    same, differing = 0, []
    for place, answer in answers.items():
        mine = ours(every[place])
        if (mine == "replace") == (answer == "replace"):
            same += 1
        else:
            differing.append(f"{every[place].name}: plan {mine}, Terraform {answer}")
    replaced = sum(answer == "replace" for answer in answers.values())
    print(f"{len(answers)} edits, {replaced} of them replace in Terraform; both say the same of {same}")
    refused = [edit.name for place, edit in enumerate(every) if place not in answers]
    print(f"{len(refused)} more that Terraform refuses: {'; '.join(refused)}")
    print("\n".join(differing))
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
