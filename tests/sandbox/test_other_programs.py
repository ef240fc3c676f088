"""Other people's programs in the sandbox: what goes up, what is named, and what a mistake in one looks like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
PROGRAMS = Path(__file__).parent / "programs"


def test_a_program_with_nested_config_a_component_and_things_that_are_not_emulated(
    sandbox: Any, command: Command
) -> None:
    folder = PROGRAMS / "shop"
    before = sorted(path.read_bytes() for path in folder.rglob("*.yaml"))
    try:
        up = command("sandbox", "run", "--stack", "dev", "--project", sandbox.project, "--", folder)
        assert up.code == 0, up.err
        lines = [line.split() for line in up.out.splitlines()]
        assert ["not", "emulated", "aws:cloudfront/distribution:Distribution", "1", "web"] in lines
        assert "1 not emulated (only recorded: nothing stands behind them)" in up.out
        assert "front: shop-front" in up.out
        assert sandbox.aws("s3", "us-west-2").get_bucket_versioning(Bucket="shop-orders")["Status"] == "Enabled"
        queues = sandbox.aws("sqs", "us-west-2").list_queues()["QueueUrls"]
        assert sorted(url.rsplit("/", 1)[1] for url in queues) == ["shop-eu", "shop-us"]
        # A program's own folder stays as it was: no salt in its settings, no state.
        assert sorted(path.read_bytes() for path in folder.rglob("*.yaml")) == before

        again = command("sandbox", "run", "--stack", "dev", "--project", sandbox.project, "--", folder)
        assert "0 changes" in again.out
    finally:
        down = command("sandbox", "run", "--destroy", "--stack", "dev", "--project", sandbox.project, "--", folder)
    assert down.code == 0, down.err
    assert "QueueUrls" not in sandbox.aws("sqs", "us-west-2").list_queues()


MISTAKES = {
    "syntax": ("import pulumi\nx = = 1\n", "__main__.py:2: SyntaxError: invalid syntax"),
    "exception": ("import pulumi\nraise KeyError('bucket size')\n", "__main__.py:2: KeyError: 'bucket size'"),
    "exit": ("import sys\nsys.exit(3)\n", "the program ended itself with exit code 3"),
    "package": ("import pulumi_nowhere\n", "__main__.py:1: ModuleNotFoundError: No module named 'pulumi_nowhere'"),
    "config": (
        "import pulumi\npulumi.Config().require('size')\n",
        "__main__.py:2: ConfigMissingError: Missing required configuration variable 'shop:size'",
    ),
    "plugin": (
        "import pulumi\npulumi.CustomResource('docker:index/image:Image', 'web', {})\n",
        "of the provider docker",
    ),
    "apply": (
        "import pulumi, pulumi_aws as aws\nq = aws.sqs.Queue('q')\nq.url.apply(lambda url: 1 / 0)\n",
        "__main__.py:3: ",
    ),
    "argument": (
        "import pulumi_aws as aws\naws.sqs.Queue('q', delay='soon')\n",
        "__main__.py:2: TypeError: ",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_program_is_one_line(stack: Any, command: Command, mistake: str) -> None:
    text, expected = MISTAKES[mistake]
    stack.write("name: shop\nruntime: python\n", "Pulumi.yaml")
    stack.write(text)
    line = command("sandbox", "run", "--project", stack.sandbox.project, "--", stack.folder).mistake
    assert expected in line
    if expected.startswith("__main__"):
        assert line.startswith(str(stack.folder)), line


FOLDERS = {
    "no project": ({"__main__.py": ""}, "Pulumi.yaml: got no such file; expected a Pulumi project (Pulumi.yaml)"),
    "nodejs": (
        {"Pulumi.yaml": "name: web\nruntime: nodejs\n"},
        "Pulumi.yaml: runtime: got 'nodejs'; expected python",
    ),
    "no runtime": ({"Pulumi.yaml": "name: web\n"}, "Pulumi.yaml: runtime: got None; expected python"),
    "no name": ({"Pulumi.yaml": "runtime: python\n"}, "Pulumi.yaml: name: got None; expected the project's name"),
    "broken": ({"Pulumi.yaml": "name: web\nruntime: [python\n"}, "Pulumi.yaml:3: "),
    "no program": (
        {"Pulumi.yaml": "name: web\nruntime: python\n"},
        "no __main__.py there",
    ),
}


@pytest.mark.parametrize("kind", FOLDERS)
def test_a_folder_that_is_no_python_program_is_one_line(stack: Any, command: Command, kind: str) -> None:
    files, expected = FOLDERS[kind]
    (stack.folder / "Pulumi.yaml").unlink()
    for name, text in files.items():
        (stack.folder / name).write_text(text)
    line = command("sandbox", "run", "--project", stack.sandbox.project, "--", stack.folder).mistake
    assert line.startswith(str(stack.folder))
    assert expected in line


def test_preview_and_destroy_exclude_each_other(stack: Any, command: Command) -> None:
    words = ("sandbox", "run", "--preview", "--destroy", "--project", stack.sandbox.project, stack.folder)
    assert command(*words).mistake.startswith("aistacks sandbox run: got --preview and --destroy")


def test_a_stack_name_that_is_none_is_one_line(stack: Any, command: Command) -> None:
    stack.write("")
    words = ("sandbox", "run", "--stack", "../dev", "--project", stack.sandbox.project, stack.folder)
    assert "'../dev'" in command(*words).mistake


def test_destroying_what_never_was_is_one_line(stack: Any, command: Command) -> None:
    stack.write("")
    answer = command("sandbox", "run", "--destroy", "--project", stack.sandbox.project, stack.folder)
    assert answer.code == 0, answer.err
    assert not stack.is_up
