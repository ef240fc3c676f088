"""`aistacks recover` where the interrupted run left a state that no engine reads: it is put right first."""

from __future__ import annotations

from pathlib import Path

from interrupted_project import GLUE, QUEUE, Make, Project, aws


def killed(made: Project, name: str) -> Path:
    queue = (QUEUE, "queue", {"name": f"{name}-queue"})
    made.declare(queue)
    made.up()
    made.declare(queue, (GLUE, "lake", {"name": f"{name}_lake"}))
    made.killed_at("AWSGlue.CreateDatabase")
    (state,) = (made.folder / "backend" / ".pulumi" / "stacks" / name).glob("dev.json")
    # As it is a write later, whose writer was killed.
    state.with_name("dev.json.bak").write_bytes(state.read_bytes())
    return state


def test_a_damaged_state_is_put_back_and_what_was_made_is_taken_in(project: Make) -> None:
    made = project("damaged")
    state = killed(made, "damaged")
    state.write_bytes(b"")

    plan = made.recover()
    assert plan.returncode == 3 and "damaged (" in plan.stdout and "put back" in plan.stdout, plan.stdout + plan.stderr
    told = made.report()
    assert told["done"] is False and "damaged (" in told["damage"]
    assert state.read_bytes() == b"" and len(made.locks()) == 1

    report = made.report("--yes")
    assert "put back" in report["damage"]
    assert [(each["name"], each["action"]) for each in report["operations"]] == [("lake", "adopt")]
    assert made.ids()["lake"] == "123456789012:damaged_lake" and made.locks() == []
    made.up()
    assert made.report()["damage"] == ""


def test_attributes_cut_off_are_dropped(project: Make) -> None:
    made = project("attributes")
    state = killed(made, "attributes")
    state.with_name("dev.json.attrs").write_bytes(b"")
    assert "attributes" in made.report()["damage"]
    assert [each["action"] for each in made.report("--yes")["operations"]] == ["adopt"]
    made.up()


def test_without_a_whole_version_nothing_is_changed(project: Make, emulator: str) -> None:
    made = project("lost")
    made.declare((QUEUE, "queue", {"name": "lost-queue"}))
    made.killed_at("AmazonSQS.CreateQueue")
    files = [path for path in (made.folder / "backend" / ".pulumi").rglob("dev*.json*") if path.is_file()]
    files += list((made.folder / "backend" / ".pulumi").glob("backups/**/*.json*"))
    for path in files:
        path.write_bytes(b"{")
    refused = made.recover("--yes")
    assert refused.returncode == 2 and "one good copy of it" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    assert all(path.read_bytes() == b"{" for path in files)
    assert aws(emulator, "sqs").get_queue_url(QueueName="lost-queue")["QueueUrl"]
