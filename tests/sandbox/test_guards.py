"""The real engine in front of what holds data: what it refuses, and what `deletion_allowed` lets through."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from aistacks_sandbox import cloud
from aistacks_sandbox.engine import operations as engine
from aistacks_sandbox.engine.operations import OperationError

TODAY = dt.datetime.now(dt.UTC).date()
LAKE = """
    from aistacks import DataLake
    DataLake("lake", {args})
"""
KEPT = "unable to replace resource"
Up = Callable[..., Any]


@pytest.fixture
def up(stack: Any) -> Up:
    """Brings a lake up with the given arguments."""

    def run(**args: Any) -> Any:
        return stack.up(LAKE.format(args=repr({"layers": ["gold"], **args})))

    return run


def databases(stack: Any) -> list[str]:
    return sorted(each["Name"] for each in stack.sandbox.aws("glue").get_databases()["DatabaseList"])


def buckets(stack: Any) -> list[str]:
    listed = stack.sandbox.aws("s3").list_buckets()["Buckets"]
    # Other tests' buckets stay, as that is what is tested.
    return [
        each["Name"] for each in listed if "lake-gold" in each["Name"] and each["Name"] in stack.checkpoint.read_text()
    ]


def refused(up: Up, *words: str, **args: Any) -> None:
    with pytest.raises(OperationError) as error:
        up(**args)
    assert all(word in str(error.value) for word in words), str(error.value)


def named(*keys: str, day: dt.date = TODAY) -> dict[str, str]:
    return dict.fromkeys(keys, str(day))


def test_a_replacement_is_refused_until_the_resource_and_the_day_are_named(stack: Any, up: Up) -> None:
    up(database_prefix="first")
    before = databases(stack)
    assert "first_gold" in before
    refused(up, KEPT, "CatalogDatabase::lake-gold", database_prefix="second")
    assert databases(stack) == before
    yesterday = named("CatalogDatabase::lake-gold", day=TODAY - dt.timedelta(days=1))
    refused(up, "expected today's date in UTC", database_prefix="second", deletion_allowed=yesterday)
    refused(up, KEPT, database_prefix="second", deletion_allowed=named("Bucket::lake-gold"))
    assert databases(stack) == before
    # One `up` takes the guards off, the next one replaces; then the entry goes, and the guards are there again.
    allowed = named("CatalogDatabase::lake-gold")
    up(database_prefix="first", deletion_allowed=allowed)
    up(database_prefix="second", deletion_allowed=allowed)
    assert "second_gold" in databases(stack)
    assert "first_gold" not in databases(stack)
    up(database_prefix="second")
    refused(up, KEPT, database_prefix="third")


def test_what_leaves_the_program_is_refused_until_its_guards_are_down(stack: Any, up: Up) -> None:
    up(layers=["silver", "gold"], database_prefix="left")
    [bucket] = buckets(stack)
    stack.sandbox.aws("s3").put_object(Bucket=bucket, Key="a", Body=b"1")
    refused(up, "cannot be deleted", "protected", layers=["silver"], database_prefix="left")
    assert buckets(stack) == [bucket]
    assert "left_gold" in databases(stack)
    allowed = named("Bucket::lake-gold", "CatalogDatabase::lake-gold")
    up(layers=["silver", "gold"], database_prefix="left", deletion_allowed=allowed)
    up(layers=["silver"], database_prefix="left")
    assert bucket not in [each["Name"] for each in stack.sandbox.aws("s3").list_buckets()["Buckets"]]
    assert "left_gold" not in databases(stack)
    assert "left_silver" in databases(stack)
    refused(
        up, "no protected resource of that name", layers=["silver"], database_prefix="left", deletion_allowed=allowed
    )


def test_replacing_in_the_same_up_leaves_the_old_one_in_the_account(stack: Any, up: Up) -> None:
    """What the pages warn of: the state still retains it, so nothing is lost, and nobody owns it."""
    up(database_prefix="old")
    up(database_prefix="new", deletion_allowed=named("CatalogDatabase::lake-gold"))
    assert {"old_gold", "new_gold"} <= set(databases(stack))
    stack.sandbox.aws("glue").delete_database(Name="old_gold")


def test_destroy_is_refused_by_its_preview_and_takes_nothing(stack: Any, up: Up) -> None:
    """Without the preview (`--skip-preview`) the engine deletes what isn't protected first, and only then refuses."""
    up(database_prefix="stays")
    state, held = stack.sandbox.state, stack.checkpoint.read_text()
    noted = cloud.recall(state)["stacks"][stack.key]
    env = engine.environment(state, stack.sandbox.endpoint, noted["region"])
    command = ["pulumi", "destroy", "--yes", "--non-interactive", "--stack", stack.name]
    done = subprocess.run(command, cwd=noted["workspace"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "protected" in done.stdout + done.stderr
    assert stack.checkpoint.read_text() == held
    assert "stays_gold" in databases(stack)


def test_a_vault_can_be_emptied_once_the_protection_is_off(stack: Any) -> None:
    """The policy that denies it is retained: left out of the program, it would stay in AWS."""
    program = """
    from aistacks import Backup
    Backup("backup", {{"bucket_arns": {{"gold": "arn:aws:s3:::gold"}}, "deletion_protection": {on}}})
"""
    backup = stack.sandbox.aws("backup")

    def vaults() -> list[Any]:
        return [v for v in backup.list_backup_vaults()["BackupVaultList"] if v["BackupVaultName"].startswith("backup")]

    def statement() -> dict[str, Any]:
        answer = backup.get_backup_vault_access_policy(BackupVaultName=vaults()[0]["BackupVaultName"])
        found: dict[str, Any] = json.loads(answer["Policy"])["Statement"][0]
        return found

    stack.up(program.format(on=True))
    assert "Condition" not in statement()
    stack.up(program.format(on=False))
    assert "aws:PrincipalAccount" in statement()["Condition"]["StringNotEquals"]
    stack.destroy()
    assert vaults() == []
