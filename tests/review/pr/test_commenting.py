"""The privileged half: GitHub's own event, GitHub's own answers, and an artifact that is believed nothing."""

from __future__ import annotations

import json

import pytest

from aistacks_review.pr.sticky import MARKER

OTHER = "cd" * 20


@pytest.fixture
def event(tmp_path, server):
    """Writes an event file as the runner does."""

    def write(**changes):
        run = {
            "id": 4711,
            "event": "pull_request",
            "conclusion": "success",
            "head_sha": server.sha,
            "head_branch": "feature",
            "head_repository": {"id": 66, "full_name": "mallory/repo", "owner": {"login": "mallory"}},
            "pull_requests": [],
        }
        path = tmp_path / "event.json"
        path.write_text(json.dumps({"repository": {"full_name": "my/repo"}, "workflow_run": {**run, **changes}}))
        return path

    return write


def pull(server, number, sha=None, label="mallory:feature"):
    server.pulls.append({"number": number, "head": {"sha": sha or server.sha, "label": label}})


def archived(server, document):
    server.artifact = server.zipped(plan__json=json.dumps(document).encode())


def test_a_fork_s_plan_is_shown_on_its_pull_request(command, server, event, document, tmp_path):
    pull(server, 7)
    archived(server, document)
    page_url = "https://github.com/my/repo/actions/runs/1"
    answer = command(
        "pr", "comment", "--event", event(), "--api", server.base, "--page-url", page_url, "--out", tmp_path / "out"
    )
    assert answer.code == 0, answer.err
    assert "comment on 7: created" in answer.out
    (body,) = server.bodies()
    assert body.startswith(MARKER)
    assert "lake" in body and page_url in body
    assert json.loads((tmp_path / "out" / "plan.json").read_text()) == document


def test_the_blob_store_never_sees_the_token(command, server, event, document):
    pull(server, 7)
    archived(server, document)
    command("pr", "comment", "--event", event(), "--api", server.base)
    seen = {path.split("?")[0]: headers for _, path, headers in server.requests}
    assert "Authorization" not in seen["/blob/7"]
    assert seen["/repos/my/repo/pulls"]["Authorization"] == "Bearer ghs_token"


def test_the_pull_request_is_the_one_github_names_and_not_the_artifact(command, server, event, document):
    """A document can claim what it likes: number, repository and commit are in none of its fields that are used."""
    pull(server, 7)
    pull(server, 8, OTHER, "my:other")
    document["reviews"][0]["head"]["revision"] = OTHER
    document["reviews"][0]["project"] = "my/repo#8"
    archived(server, document)
    command("pr", "comment", "--event", event(), "--api", server.base)
    written = [path for path in server.asked("POST") if path != "/graphql"]
    assert written == ["/repos/my/repo/issues/7/comments"]


def test_an_older_commit_s_plan_is_not_shown(command, server, event, document):
    pull(server, 7, OTHER)
    archived(server, document)
    answer = command("pr", "comment", "--event", event(), "--api", server.base)
    assert answer.code == 0
    assert "no open pull request's newest commit" in answer.err
    assert server.comments == []


def test_a_branch_whose_name_is_hostile_is_only_a_parameter(command, server, event, document):
    branch = "x&state=all&head=my:main#`$(touch canary)`"
    pull(server, 7, label=f"mallory:{branch}")
    archived(server, document)
    assert command("pr", "comment", "--event", event(head_branch=branch), "--api", server.base).code == 0
    assert len(server.bodies()) == 1


def test_a_deleted_fork_is_no_trouble(command, server, event, document):
    pull(server, 7)
    archived(server, document)
    assert command("pr", "comment", "--event", event(head_repository=None), "--api", server.base).code == 0
    assert len(server.bodies()) == 1


def test_one_head_of_two_pull_requests_is_told_apart_by_the_event_or_not_at_all(command, server, event, document):
    pull(server, 7)
    pull(server, 8)
    archived(server, document)
    answer = command("pr", "comment", "--event", event(), "--api", server.base)
    assert "it is the head of #7, #8; expected one pull request" in answer.mistake
    answer = command("pr", "comment", "--event", event(pull_requests=[{"number": 8}]), "--api", server.base)
    assert "comment on 8: created" in answer.out


@pytest.mark.parametrize("kind", ["push", "schedule", "pull_request_target"])
def test_another_event_s_run_is_refused(command, server, event, kind):
    answer = command("pr", "comment", "--event", event(event=kind), "--api", server.base)
    assert f"got a run of '{kind}'; expected a run of a pull_request" in answer.mistake
    assert server.requests == []


def test_what_is_no_event_is_refused(command, server, tmp_path):
    for text in ("{}", '{"workflow_run": null}', '{"workflow_run": {"event": "pull_request", "id": "x"}}', "[]", "x"):
        (tmp_path / "event.json").write_text(text)
        assert "event.json: got" in command("pr", "comment", "--event", tmp_path / "event.json").mistake


HOSTILE = {
    "no document": b"PK no archive",
    "another schema": None,
    "nan": b'{"version": "aistacks.plan/1", "reviews": NaN}',
    "a key twice": b'{"version": "aistacks.plan/1", "version": "aistacks.plan/1", "reviews": []}',
    "no reviews": b'{"version": "aistacks.plan/1", "reviews": []}',
    "deep": b'{"version": "aistacks.plan/1", "reviews": ' + b"[" * 500_000 + b"]" * 500_000 + b"}",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_tampered_document_is_refused_and_nothing_of_it_shown(command, server, event, document, what, tmp_path):
    pull(server, 7)
    server.say(server.bot, f"{MARKER}\nan earlier plan: all is well")
    document["reviews"][0]["risks"] = "CANARY"
    data = HOSTILE[what] or json.dumps({**document, "CANARY": "CANARY"}).encode()
    server.artifact = data if what == "no document" else server.zipped(plan__json=data)
    answer = command("pr", "comment", "--event", event(), "--api", server.base, "--out", tmp_path / "out")
    assert answer.code == 0, answer.err
    (body,) = server.bodies()
    assert "No plan of `abababababab` can be shown" in body
    assert "all is well" not in body and "CANARY" not in body
    assert "no plan to show: " in answer.err
    assert not (tmp_path / "out" / "plan.json").exists()


def test_a_job_that_left_nothing_says_so(command, server, event):
    pull(server, 7)
    assert command("pr", "comment", "--event", event(), "--api", server.base).code == 0
    (body,) = server.bodies()
    assert "No plan of `abababababab` can be shown" in body


def test_an_artifact_of_200_megabytes_is_not_taken(command, server, event, monkeypatch):
    pull(server, 7)
    server.artifact = b"\0" * (20 << 20)
    assert command("pr", "comment", "--event", event(), "--api", server.base).code == 0
    assert "/blob/7" not in " ".join(server.asked("GET"))
    assert "No plan" in server.bodies()[0]


def test_a_fault_of_the_forge_leaves_an_earlier_comment_as_it_is(command, server, event, document, monkeypatch):
    pull(server, 7)
    archived(server, document)
    command("pr", "comment", "--event", event(), "--api", server.base)
    before = server.bodies()
    server.failures.extend([(404, {})])
    assert "got not found" in command("pr", "comment", "--event", event(), "--api", server.base).mistake
    assert server.bodies() == before


def test_a_document_is_commented_directly(command, server, document, tmp_path):
    (tmp_path / "plan.json").write_text(json.dumps(document))
    words = ["pr", "comment", "--document", tmp_path, "--repository", "my/repo", "--pull", 7, "--api", server.base]
    assert "comment on 7: created" in command(*words).out
    assert "comment on 7: unchanged" in command(*words).out
    assert "comment on 7: created" in command(*words, "--key", "preview-dev").out


def test_gitlab_s_open_merge_requests_are_swept_forks_too(command, server, document):
    server.login = "project_5_bot"
    pull(server, 3)
    pull(server, 4, OTHER)
    archived(server, document)
    answer = command("pr", "sweep", "--repository", "group/sub/repo", "--api", server.base)
    assert answer.code == 0, answer.err
    assert "comment on 3: created" in answer.out
    assert "comment on 4" not in answer.out
    assert "/projects/66/jobs/2/artifacts" in server.asked("GET")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--pull", 7], "got too little; expected --document, --repository and --pull, or --event"),
        (["--document", "x", "--repository", "my/repo", "--pull", 0], "got too little"),
        (["--document", "x", "--repository", "my", "--pull", 7], "--repository: got 'my'; expected owner/name"),
        (["--document", "x", "--repository", "../repo", "--pull", 7], "--repository: got '../repo'"),
        (["--document", "x", "--repository", "my/re?po", "--pull", 7], "--repository: got 'my/re?po'"),
        (["--document", "x", "--repository", "my/repo", "--pull", -1], "--pull: got -1; expected a pull request's"),
        (["--document", "none.json", "--repository", "my/repo", "--pull", 7], "none.json: got no such file"),
        (["--event", "e", "--pull", 7], "--event: got it beside a document"),
        (["--document", "x", "--repository", "a/b", "--pull", 7, "--provider", "folder"], "--provider: got folder"),
        (
            ["--document", "x", "--repository", "a/b", "--pull", 7, "--forge", "gitlab"],
            "--forge: got an option of earlier releases; expected --provider gitlab",
        ),
    ],
)
def test_a_mistake_is_one_line(command, server, words, told):
    assert told in command("pr", "comment", *words, "--api", server.base).mistake


def test_without_a_token_nothing_is_asked(command, server, document, tmp_path, monkeypatch):
    monkeypatch.delenv("GITHUB_TOKEN")
    (tmp_path / "plan.json").write_text(json.dumps(document))
    words = ["pr", "comment", "--document", tmp_path, "--repository", "my/repo", "--pull", 7, "--api", server.base]
    assert "GITHUB_TOKEN: got nothing; expected a token that may write comments" in command(*words).mistake
    assert server.requests == []


def test_a_document_is_rendered_to_files_or_printed(command, document, tmp_path):
    (tmp_path / "plan.json").write_text(json.dumps(document))
    files = ["--markdown", tmp_path / "new" / "a.md", "--html", tmp_path / "new" / "a.html"]
    assert command("pr", "render", "--document", tmp_path / "plan.json", *files).code == 0
    assert (tmp_path / "new" / "a.md").read_text() == command("pr", "render", "--document", tmp_path).out
    assert (tmp_path / "new" / "a.html").read_text().lower().startswith("<!doctype html>")
