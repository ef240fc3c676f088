"""One comment per pull request, against a forge on a loopback port that speaks GitHub's and GitLab's API."""

from __future__ import annotations

import pytest

from aistacks_core.errors import UserError
from aistacks_review.pr import github, gitlab
from aistacks_review.pr.sticky import MARKER, marker, put

TEXT = f"{MARKER}\n\nfirst\n"


@pytest.fixture(params=["github", "gitlab"])
def forge(request, server):
    if request.param == "github":
        return github.PullRequest(github.api(server.base, backoff=0.01), "my/repo", 7)
    server.login = "project_5_bot"
    return gitlab.MergeRequest(gitlab.api(server.base, backoff=0.01), "group/sub/repo", 7)


def test_the_first_comment_is_created(server, forge):
    outcome = put(forge, "", TEXT)
    assert (outcome.action, outcome.removed) == ("created", 0)
    assert [b.replace("\r\n", "\n") for b in server.bodies(server.login)] == [TEXT.rstrip()]


def test_the_second_time_it_is_updated_in_place(server, forge):
    put(forge, "", TEXT)
    outcome = put(forge, "", TEXT.replace("first", "second"))
    assert outcome.action == "updated"
    (body,) = server.bodies(server.login)
    assert "second" in body and "first" not in body


def test_the_same_text_again_writes_nothing(server, forge):
    put(forge, "", TEXT)
    server.requests.clear()
    assert put(forge, "", TEXT).action == "unchanged"
    assert server.asked("PATCH") + server.asked("PUT") == []
    # GraphQL asks by POST who we are; nothing else is posted.
    assert [path for path in server.asked("POST") if path != "/graphql"] == []


@pytest.mark.parametrize("others", [30, 100, 231])
def test_it_is_found_behind_others_comments(server, forge, others):
    for i in range(others):
        server.say(f"user-{i}", f"comment {i}")
    put(forge, "", TEXT)
    for i in range(others):
        server.say(f"late-{i}", f"comment {i}")
    assert put(forge, "", TEXT.replace("first", "second")).action == "updated"
    assert len(server.bodies(server.login)) == 1


def test_somebody_else_s_comment_with_the_marker_is_left_alone(server, forge):
    server.say("mallory", TEXT)
    server.say("github-actions", TEXT)
    assert put(forge, "", TEXT).action == "created"
    assert server.bodies("mallory") == server.bodies("github-actions") == [TEXT]


def test_a_comment_of_the_same_bot_that_only_quotes_the_marker_is_left_alone(server, forge):
    quoting = f"Coverage report\n\n> {TEXT}"
    server.say(server.login, quoting)
    assert put(forge, "", TEXT).action == "created"
    assert quoting in server.bodies(server.login)


def test_duplicates_are_removed_and_the_oldest_kept(server, forge):
    for i in range(3):
        server.say(server.login, f"{MARKER}\nold {i}")
    oldest = server.comments[0]["id"]
    outcome = put(forge, "", TEXT)
    assert (outcome.action, outcome.removed) == ("updated", 2)
    assert [c["id"] for c in server.comments] == [oldest]


def test_keys_keep_reports_apart(server, forge):
    put(forge, "one", TEXT)
    put(forge, "two", TEXT)
    assert put(forge, "one", TEXT.replace("first", "second")).action == "updated"
    assert len(server.bodies(server.login)) == 2


@pytest.mark.parametrize("key", ["a b", "-->", "a--b", "é", "x" * 41, "a\nb"])
def test_a_key_that_would_break_the_marker_is_refused(key):
    with pytest.raises(UserError, match="--key"):
        marker(key)


def test_a_creation_whose_answer_is_lost_leaves_one_comment(server, forge):
    server.lose = True
    put(forge, "", TEXT)
    assert len(server.bodies(server.login)) == 1


def test_a_comment_over_the_forge_s_limit_is_not_sent(server, forge):
    with pytest.raises(UserError, match="the provider's limit"):
        put(forge, "", TEXT + "x" * 1_000_001)
    assert server.comments == []


@pytest.mark.parametrize("code", [429, 403, 503])
def test_a_limit_is_waited_for_as_long_as_the_forge_says(server, forge, code):
    server.failures.extend([(code, {"Retry-After": "1"})])
    assert put(forge, "", TEXT).action == "created"


def test_a_fault_is_tried_again(server, forge):
    server.failures.extend([(500, {}), (502, {}), (503, {})])
    assert put(forge, "", TEXT).action == "created"


def test_a_fault_that_stays_is_one_line(server, forge):
    server.failures.extend([(502, {})] * 50)
    with pytest.raises(UserError) as error:
        put(forge, "", TEXT)
    assert "got answer 502" in str(error.value)
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (401, "got the token isn't accepted; expected a valid token"),
        (403, "got not allowed; expected a token that may do this"),
        (404, "got not found; expected a repository and pull request"),
        (301, "got a redirect; expected no redirect. Was the repository renamed?"),
    ],
)
def test_what_the_forge_refuses_is_one_line_without_repetition(server, forge, code, told):
    server.failures.append((code, {"Location": "http://127.0.0.1:1/elsewhere"} if code == 301 else {}))
    with pytest.raises(UserError) as error:
        put(forge, "", TEXT)
    assert told in str(error.value)
    assert len(server.requests) == 1
    assert server.comments == []


def test_the_token_comes_from_the_environment_only(server, monkeypatch):
    monkeypatch.delenv("GITHUB_TOKEN")
    monkeypatch.delenv("GITLAB_TOKEN")
    for make, name in ((github.api, "GITHUB_TOKEN"), (gitlab.api, "GITLAB_TOKEN")):
        with pytest.raises(UserError, match=f"{name}: got nothing"):
            make(server.base)
    monkeypatch.setenv("GITHUB_TOKEN", "two\nlines")
    with pytest.raises(UserError, match="blanks or control characters"):
        github.api(server.base)


@pytest.mark.parametrize(
    "base", ["http://api.example.com", "ftp://localhost", "https://", "http://127.0.0.1.evil.example"]
)
def test_a_token_never_travels_in_the_open(server, base):
    with pytest.raises(UserError, match="https://"):
        github.api(base)


def test_nobody_s_answer_is_one_line(server, monkeypatch):
    forge = github.PullRequest(github.api("http://127.0.0.1:9", backoff=0), "my/repo", 7)
    with pytest.raises(UserError, match=r"127\.0\.0\.1:9: got no answer"):
        forge.me()


def test_a_next_page_on_another_host_gets_no_token(server):
    api = github.api(server.base, backoff=0)
    server.base = server.base.replace("127.0.0.1", "localhost")
    for i in range(40):
        server.say("user", str(i))
    with pytest.raises(UserError, match="another host"):
        list(api.pages("/repos/my/repo/issues/7/comments", {"per_page": 30}))
