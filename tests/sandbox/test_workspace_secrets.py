"""A stack that has its secrets provider on AWS comes up in the sandbox all the same."""

import yaml

from aistacks_sandbox.engine.workspace import prepare
from aistacks_sandbox.state import State

SETTINGS = {
    "secretsprovider": "awskms://alias/aistacks-state?region=eu-west-1",
    "encryptedkey": "AQICAHg=",
    "encryptionsalt": "v1:theirs",
    "config": {"aws:region": "eu-west-1"},
}


def project(folder):
    (folder / "__main__.py").touch()
    (folder / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text(yaml.safe_dump(SETTINGS))
    return folder


def test_the_stacks_own_secrets_provider_stays_outside(tmp_path):
    workspace = prepare(State(tmp_path / "state"), project(tmp_path), "dev")
    assert yaml.safe_load((workspace.folder / "Pulumi.dev.yaml").read_text()) == {"config": SETTINGS["config"]}


def test_the_sandboxs_own_salt_stays(tmp_path):
    state = State(tmp_path / "state")
    copy = prepare(state, project(tmp_path), "dev").folder / "Pulumi.dev.yaml"
    copy.write_text(copy.read_text() + "encryptionsalt: v1:ours\n")
    prepare(state, tmp_path, "dev")
    assert yaml.safe_load(copy.read_text())["encryptionsalt"] == "v1:ours"
    assert yaml.safe_load((tmp_path / "Pulumi.dev.yaml").read_text()) == SETTINGS
