"""What the documentation names exists, and what it shows parses."""

import ast
import re
import subprocess
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import typer
import yaml
from markdown_it import MarkdownIt

import aistacks
from aistacks_catalog.aws.facts import eks_versions
from aistacks_cli.app import app

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
        *(ROOT / "docs").rglob("*.md"),
        ROOT / "sandbox" / "aistacks_sandbox" / "providers" / "aws" / "README.md",
    ]
)
COMPONENTS = [name for name in aistacks.__all__ if f"{name}Args" in aistacks.__all__]
COMPONENT_PAGES = sorted((ROOT / "docs" / "components").glob("*.md"))


def name_of(page):
    return str(page.relative_to(ROOT))


def tokens(page):
    """Every token of a page, those inside paragraphs and tables included."""
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text()):
        yield token
        yield from token.children or []


def fences(page, language):
    return [token.content for token in tokens(page) if token.type == "fence" and token.info.strip() == language]


def code(page):
    """Every line of code on a page, in a block or in a sentence."""
    found = [t.content for t in tokens(page) if t.type in ("code_inline", "fence", "code_block")]
    return [line for text in found for line in text.splitlines()]


def anchors(page):
    """Of headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_resolve(page):
    targets = [t.attrGet("href") or t.attrGet("src") for t in tokens(page) if t.type in ("link_open", "image")]
    broken = []
    for target in targets:
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_python_snippets_parse(page):
    for snippet in fences(page, "python"):
        ast.parse(snippet)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_yaml_snippets_parse(page):
    for snippet in fences(page, "yaml"):
        assert yaml.safe_load(snippet) is not None


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_shell_snippets_parse(page):
    for snippet in fences(page, "bash"):
        # A name that the reader fills in, such as <identifier>, would read as a redirection.
        filled = re.sub(r"<([a-z ]+)>", r"\1", snippet)
        done = subprocess.run(["bash", "-n"], input=filled, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_snippet_tests_above_have_something_to_look_at():
    for language in ("python", "yaml", "bash"):
        assert sum(len(fences(page, language)) for page in PAGES) >= 5, language


def unknown(line):
    """What a line that calls `aistacks` names and the command doesn't have."""
    words = re.search(r"(?:^|[\s/(`\"])aistacks ((?:sandbox|doctor|models|pr|plan|policies|prices)\b[^#)`|\"]*)", line)
    if not words:
        return []
    command, wrong = typer.main.get_command(app), []
    for word in words.group(1).split():
        if word.startswith("--"):
            options = [o for p in command.params for o in (*p.opts, *p.secondary_opts)]
            wrong += [] if word in options else [word]
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return [word]
            command = command.commands[word]
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_exist(page):
    assert [(line, wrong) for line in code(page) if (wrong := unknown(line))] == []


def test_a_command_that_does_not_exist_would_be_found():
    assert unknown("`.venv/bin/aistacks sandbox destroy`") == ["destroy"]
    assert unknown("aistacks sandbox down --hard") == ["--hard"]
    assert unknown("aistacks sandbox run --preview path/to/program") == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_targets_exist(page):
    makefile = (ROOT / "Makefile").read_text()
    named = {m for line in code(page) for m in re.findall(r"(?:^|&& |`)make ([a-z./]+)", line)}
    assert {target for target in named if not re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE)} == set()


def test_each_command_is_on_the_page_of_the_sandbox():
    told = (ROOT / "docs" / "sandbox.md").read_text()
    command = typer.main.get_command(app)
    verbs = [f"aistacks sandbox {verb}" for verb in command.commands["sandbox"].commands]
    assert [c for c in [*verbs, "aistacks doctor"] if f"`{c}" not in told] == []


def test_readme_links_the_page_of_each_component():
    linked = {t.attrGet("href") for t in tokens(ROOT / "README.md") if t.type == "link_open"}
    assert {name_of(page) for page in COMPONENT_PAGES} <= linked
    assert len(COMPONENT_PAGES) == len(COMPONENTS)


def test_each_decision_is_listed():
    decisions = ROOT / "docs" / "decisions"
    listed = {t.attrGet("href") for t in tokens(decisions / "README.md") if t.type == "link_open"}
    assert listed == {page.name for page in decisions.glob("0*.md")}


def test_readmes_program_registers_what_it_says(record):
    (program,) = fences(ROOT / "README.md", "python")
    plan = record(lambda: exec(compile(program, "README.md", "exec"), {}))
    assert plan.of("aistacks:index:Network")
    assert plan.of("aistacks:index:ModelStore")


def test_contributings_component_registers(record):
    (module,) = fences(ROOT / "CONTRIBUTING.md", "python")
    made = {"__name__": "feature_store"}
    exec(compile(module, "CONTRIBUTING.md", "exec"), made)
    plan = record(lambda: made["FeatureStore"]("features", {"kms_key_arn": "arn:aws:kms:eu-west-1:111122223333:key/1"}))
    assert plan.one("aws:dynamodb/table:Table", "features").protect


def test_supported_versions_are_those_of_the_code():
    readme = (ROOT / "README.md").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    words = {"pulumi": "Pulumi | SDK", "pulumi-aws": "pulumi-aws |", "pulumi-kubernetes": "pulumi-kubernetes |"}
    for requirement in project["dependencies"]:
        found = re.fullmatch(r"([\w-]+)>=([\d.]+),<(\d+)", requirement)
        if found and found[1] in words:
            assert f"{words[found[1]]} {found[2]} or newer, below {found[3]}" in readme, requirement
    assert f"Kubernetes on EKS | {', '.join(eks_versions())} |" in readme
    tools = yaml.safe_load((ROOT / "sandbox" / "aistacks_sandbox" / "programs" / "programs.yaml").read_text())[
        "programs"
    ]
    oldest = {name: row["oldest"].lstrip("v").rpartition(".")[0] for name, row in tools.items()}
    assert f"engine (CLI) {oldest['pulumi']} or newer" in readme
    assert f"API server {oldest['kube-apiserver']} or newer, etcd {oldest['etcd']} or newer" in readme


def test_the_picture_is_a_picture():
    root = ET.parse(ROOT / "docs" / "architecture.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    told = " ".join("".join(root.itertext()).split())
    assert [name for name in COMPONENTS if name not in told.replace("Inference Service", "InferenceService")] == []


def test_each_line_marked_edit_in_dev_is_in_the_first_day():
    first_day = (ROOT / "docs" / "first-day.md").read_text()
    lines = (ROOT / "stacks" / "Pulumi.dev.yaml").read_text().splitlines()
    marked = [i for i, line in enumerate(lines) if "EDIT" in line and not line.startswith("#")]
    keys = {
        re.search(r"([\w:]+):(?: |$)", next(x for x in lines[i:] if not x.strip().startswith("#")))[1] for i in marked
    }
    words = {"aws:region": "region", "Owner": "Owner", "CostCenter": "CostCenter", "digest": "digest"}
    assert keys == {*words, "public_access_cidrs", "client_namespaces"}
    assert [key for key in keys if words.get(key, key) not in first_day] == []
