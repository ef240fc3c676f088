"""A hostile pull request, from its commit to comment and page: what it chooses is text, and what it tries fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from aistacks_core.pid_namespace import prefix
from aistacks_review.pr.sticky import MARKER

SECRET = "s3cr3t-7f1c9a-of-the-runner"
EVIL = [
    "</code></details><img src=http://evil.example/i.png onerror=alert(1)>",
    '"><script>alert(document.domain)</script>',
    "<!-- aistacks-plan -->",
    "--><h1>approved</h1><!--",
    "[click](javascript:alert(1))",
    "![x](http://evil.example/p.png)",
    "@my-company/admins approve",
    "closes #1 GH-2 my-company/platform#3",
    "https://evil.example/phish www.evil.example",
    "\n\n# Approved by security\n\n",
    "```\n</details>\n\n**bold**\n```",
    "| a | b |\n| --- | --- |\n| c | d |",
    "`` ` `code` ` ``",
    "\u202e txt.exe \u2066",
    "\u200b\u2060zero",
    "\x1b]0;pwned\x07\x1b[31mred\x1b[0m",
    "::error file=app.py::pwned",
    "${{ github.token }} {{ 7*7 }} {% for x in [] %}",
    "&lt;b&gt; &#60;b&#62; <b>bold</b>",
    ":tada: :+1:",
    "$E=mc^2$ $$x$$",
    "0" * 5000,
]
PROGRAM = """
    import glob, os, pathlib, subprocess

    import pulumi_aws as aws

    with open(CANARY, "a") as canary:
        canary.write("ran\\n")

    for i, text in enumerate(EVIL):
        aws.s3.Bucket(f"b{i}-" + text, bucket=text, tags={text: text, "plain": text})
    aws.s3.Bucket("big", tags={"big": "A" * 10_000_000})

    seen = [repr(dict(os.environ))]
    for path in glob.glob("/proc/*/environ") + glob.glob("/proc/*/cmdline"):
        try:
            seen.append(pathlib.Path(path).read_bytes().decode(errors="replace"))
        except OSError as error:
            seen.append(str(error))
    asked = subprocess.run("env; cat /proc/*/environ", shell=True, capture_output=True)
    seen = "".join([*seen, asked.stdout.decode(errors="replace")])
    for i in range(0, len(seen), 3000):
        aws.s3.Bucket(f"leak{i}", tags={"found": seen[i : i + 3000]})
"""


def rehearse(folder, repo, *more, head="feature"):
    """`aistacks pr run` as a runner starts it: from a shell that holds a secret."""
    words = ["pr", "run", "--repo", repo, "--base", "main", f"--head={head}", "--out", folder / "out", *more]
    script = f'{sys.executable} -P -c "from aistacks_cli.app import main; main()" "$@"; exit $?'
    env = {**os.environ, "AWS_SECRET_ACCESS_KEY": SECRET, "GITHUB_TOKEN": SECRET, "RUNNER_SECRET": SECRET}
    return subprocess.run(
        ["bash", "-c", script, "bash", *map(str, words)],
        env=env,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


class Shape(HTMLParser):
    """What a browser would make of a text: tags, attributes, and the words that stand outside `code`."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.links, self.outside, self.comments = set(), set(), [], [], []
        self._code = self._quiet = 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "src", "action", "xlink:href")]
        self._code += tag in ("code", "pre")
        self._quiet += tag in ("script", "style")

    def handle_endtag(self, tag):
        self._code -= tag in ("code", "pre")
        self._quiet -= tag in ("script", "style")

    def handle_data(self, data):
        if not self._code and not self._quiet:
            self.outside.append(data)

    def handle_comment(self, data):
        self.comments.append(data)


def as_the_forge_shows_it(comment):
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(comment)


@pytest.fixture(scope="module")
def attack(tmp_path_factory, recorded):
    """One rehearsal of everything at once; the paths of what it left."""
    folder = tmp_path_factory.mktemp("attack")
    canary = folder / "canary"
    shadow = f"open({str(folder / 'shadow')!r}, 'a').write(__name__)\n"
    repo = recorded(
        folder,
        PROGRAM.replace("CANARY", repr(str(canary))).replace("EVIL", repr(EVIL)),
        aistacks_cliSLASH__init___py="raise SystemExit('shadowed')",
        sitecustomize_py=shadow,
        jinja2_py=shadow,
    )
    hook = repo / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\necho ran >> {folder / 'hook'}\n")
    hook.chmod(0o755)
    done = rehearse(folder, repo)
    assert done.returncode in (0, 1, 3), done.stdout + done.stderr
    return folder, done


@pytest.fixture(scope="module")
def comment(attack):
    (path,) = (attack[0] / "out" / "forge").glob("comment-*.md")
    return path.read_text()


@pytest.fixture(scope="module")
def page(attack):
    return (attack[0] / "out" / "page.html").read_text()


@pytest.fixture(scope="module")
def harmless(tmp_path_factory, recorded):
    """The page of the same change with harmless words: what tags and attributes it is made of."""
    folder = tmp_path_factory.mktemp("harmless")
    head = 'import pulumi_aws as aws\n\naws.s3.Bucket("other", bucket="a", tags={"a": "b"})\n'
    done = rehearse(folder, recorded(folder, head))
    assert done.returncode in (0, 1, 3), done.stdout + done.stderr
    return (folder / "out" / "page.html").read_text()


def test_the_attack_was_planned_and_shown(attack, comment):
    folder, _ = attack
    assert (folder / "canary").read_text().startswith("ran")
    assert comment.startswith(f"{MARKER}\n")
    assert "can be shown" not in comment.split("\n")[2]
    assert "big" in comment or "more" in comment


def test_nothing_of_the_comment_becomes_more_than_text(comment):
    shape = Shape(as_the_forge_shows_it(comment))
    assert shape.tags & {"img", "script", "style", "iframe", "svg", "form", "input", "b", "em", "strong"} <= {
        "b",
        "strong",
    }
    assert [link for link in shape.links if link and not link.startswith("file:///")] == []
    assert [c for c in shape.comments if c.strip() != "aistacks-plan"] == []
    outside = "".join(shape.outside)
    for text in (
        "@my-company",
        "#1",
        "#3",
        "evil.example",
        "approved",
        "Approved by security",
        ":tada:",
        "::error",
        "{{",
    ):
        assert text not in outside, text


def test_the_marker_stands_once(comment):
    assert comment.count(MARKER) == 1


def test_the_page_is_made_of_the_same_tags_as_a_harmless_one(page, harmless):
    mine, theirs = Shape(page), Shape(harmless)
    assert page.count("<script") == harmless.count("<script")
    assert {
        t for t in mine.tags - theirs.tags if t in ("img", "iframe", "object", "embed", "form", "base", "meta", "link")
    } == set()
    assert {name for _, name in mine.attributes if name.startswith("on")} == set()
    assert [link for link in mine.links if link and not link.startswith("#")] == []
    assert "evil.example/i.png onerror" not in {name for _, name in mine.attributes}
    assert [c for c in mine.comments if "approved" in c] == []


def test_hidden_and_reordering_characters_are_made_visible(comment, page):
    for text in (comment, page):
        assert not set(text) & set("\u202e\u2066\u200b\u2060\x1b\x07")


def test_the_comment_fits_and_the_document_is_small(attack, comment):
    folder, _ = attack
    assert len(comment) <= 60_000
    assert (folder / "out" / "artifact.zip").stat().st_size < 1 << 20
    assert (folder / "out" / "page.html").stat().st_size < 8 << 20


def test_the_secret_of_the_runner_is_in_nothing_that_is_left(attack):
    folder, done = attack
    if not prefix():
        pytest.skip("this machine gives a process no PID namespace of its own")
    assert SECRET not in done.stdout + done.stderr
    files = [path for path in (folder / "out").rglob("*") if path.is_file()]
    assert len(files) >= 4
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
    document = subprocess.run(["unzip", "-p", str(folder / "out" / "artifact.zip")], capture_output=True, check=False)
    assert document.stdout
    assert SECRET.encode() not in document.stdout


def test_only_the_plan_job_ran_the_program_and_nothing_of_the_repository_took_our_place(attack):
    folder, _ = attack
    ran = (folder / "canary").read_text()
    words = ["pr", "render", "--document", folder / "out" / "artifact.zip", "--html", folder / "again.html"]
    done = subprocess.run(
        [sys.executable, "-P", "-c", "from aistacks_cli.app import main; main()", *map(str, words)],
        cwd=folder / "repo",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "canary").read_text() == ran
    assert not (folder / "hook").exists()
    assert not (folder / "shadow").exists()


def test_the_log_colours_and_titles_nothing(attack):
    folder, done = attack
    assert b"\x1b" not in (folder / "out" / "plan.log").read_bytes()
    assert "\x1b" not in done.stdout + done.stderr
    assert "Traceback" not in (folder / "out" / "plan.log").read_text() + done.stdout + done.stderr


def test_nothing_was_written_outside_of_out(attack, git):
    folder, _ = attack
    assert sorted(p.name for p in folder.iterdir() if not p.name.startswith("again")) == ["canary", "out", "repo"]
    assert git(folder / "repo", "status", "--porcelain") == ""
    assert git(folder / "repo", "worktree", "list").count("\n") == 0


@pytest.mark.parametrize("head", ["--upload-pack=touch hostile", "$(touch hostile)", "-h", "feature..main", "none"])
def test_a_revision_is_a_revision_or_one_line(tmp_path, recorded, head):
    repo = recorded(tmp_path, "import pulumi_aws as aws\n")
    done = rehearse(tmp_path, repo, head=head)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.rglob("hostile"))


def test_a_program_that_forges_its_document_is_checked_like_any(tmp_path, recorded):
    """It finds the file that is to be written, in its parent's words, and leaves one of its own there."""
    forging = """
        import os, re, time

        def forge():
            target, above = None, os.getppid()
            # Of those above it only: beside it other tests plan, too.
            while above > 1 and not target:
                try:
                    found = re.search(rb"--json\\x00([^\\x00]+)", open(f"/proc/{above}/cmdline", "rb").read())
                    above = int(re.search(r"PPid:\\s+(\\d+)", open(f"/proc/{above}/status").read())[1])
                except OSError:
                    break
                target = found[1].decode() if found else target
            if target:
                if os.fork() == 0:
                    time.sleep(3)
                    os.symlink("/etc/passwd", target + ".x")
                    os.replace(target + ".x", target)
                    os._exit(0)

        forge()
    """
    done = rehearse(tmp_path, recorded(tmp_path, forging))
    out = tmp_path / "out"
    texts = [p.read_text(errors="replace") for p in out.rglob("*") if p.is_file() and p.suffix != ".zip"]
    assert "root:x:0" not in "".join(texts) + done.stdout + done.stderr
    assert len(list((out / "forge").glob("comment-*.md"))) == 1


def test_a_second_rehearsal_updates_the_one_comment(tmp_path, recorded):
    repo = recorded(tmp_path, 'import pulumi_aws as aws\n\naws.s3.Bucket("lake")\naws.s3.Bucket("more")\n')
    assert "(created)" in rehearse(tmp_path, repo).stdout
    again = rehearse(tmp_path, repo).stdout
    assert "(unchanged)" in again or "(updated)" in again
    assert len(json.loads((tmp_path / "out" / "forge" / "comments.json").read_text())) == 1


def test_a_program_that_can_t_be_planned_still_gets_its_comment(tmp_path, recorded):
    done = rehearse(tmp_path, recorded(tmp_path, "raise RuntimeError('no')\n"))
    assert done.returncode == 2
    (path,) = (tmp_path / "out" / "forge").glob("comment-*.md")
    assert path.read_text().startswith(MARKER)
    assert Path(tmp_path / "out" / "plan.log").read_text()
