"""The verbs below `aistacks pr`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aistacks_core import console
from aistacks_core.errors import UserError
from aistacks_review.pr.provider import CiProvider

pr = typer.Typer(no_args_is_help=True, help="What a pull request's comment is made of, and a rehearsal of it.")

Document = Annotated[Path, typer.Option("--document", help="The document, an archive of it, or a folder that has it.")]
PageUrl = Annotated[str, typer.Option("--page-url", help="Address of the page, for the comment's foot.")]
Key = Annotated[str, typer.Option("--key", help="Tells several reports on one pull request apart.")]
ApiBase = Annotated[
    str | None, typer.Option("--api", help="Address of the provider's API. Default: the CI's variable.")
]


@pr.command()
def render(
    document: Document,
    markdown: Annotated[Path | None, typer.Option("--markdown", help="File that the comment goes to.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="File that the page goes to.")] = None,
    page_url: PageUrl = "",
) -> None:
    """Make comment and page of a document that need not be trusted. Without files: the comment, printed."""
    from aistacks_review.pr.rendering import comment_of, page_of, reviews_in, write

    reviews = reviews_in(document)
    if markdown is not None:
        write(markdown, comment_of(reviews, page_url))
    if html is not None:
        write(html, page_of(reviews))
    if markdown is None and html is None:
        typer.echo(comment_of(reviews, page_url), nl=False)


@pr.command()
def comment(
    document: Annotated[
        Path | None, typer.Option("--document", help="The document, an archive of it, or a folder that has it.")
    ] = None,
    repository: Annotated[str, typer.Option("--repository", help="owner/name, or group/project on GitLab.")] = "",
    pull: Annotated[int, typer.Option("--pull", help="Number of the pull request.")] = 0,
    event: Annotated[
        Path | None,
        typer.Option("--event", help="GitHub's workflow_run event: pull request and artifact follow from it."),
    ] = None,
    artifact: Annotated[str, typer.Option("--artifact", help="Name of the artifact, with --event.")] = "aistacks-plan",
    out: Annotated[Path | None, typer.Option("--out", help="With --event: folder for the valid document.")] = None,
    provider: Annotated[CiProvider, typer.Option("--provider", help="Where the pull request is.")] = CiProvider.GITHUB,
    forge: Annotated[str | None, typer.Option("--forge", hidden=True)] = None,
    api: ApiBase = None,
    page_url: PageUrl = "",
    key: Key = "",
) -> None:
    """Write, or bring up to date, the one comment. The token comes from GITHUB_TOKEN or GITLAB_TOKEN."""
    if forge is not None:
        raise UserError("--forge", "an option of earlier releases", f"--provider {forge}")
    if event is not None:
        if document is not None or repository or pull or provider is not CiProvider.GITHUB:
            raise UserError("--event", "it beside a document, a repository or another provider", "it alone")
        _from_event(event, artifact, out, api, page_url, key)
        return
    if document is None or not repository or not pull:
        raise UserError("aistacks pr comment", "too little", "--document, --repository and --pull, or --event")
    if provider is CiProvider.FOLDER:
        raise UserError("--provider", "folder", "github or gitlab", "Rehearsals: aistacks pr run.")
    from aistacks_review.pr.commenting import thread_of
    from aistacks_review.pr.rendering import comment_of, reviews_in
    from aistacks_review.pr.sticky import put

    there = thread_of(provider, repository, pull, api)
    outcome = put(there, key, comment_of(reviews_in(document), page_url))
    _say(pull, outcome.action, outcome.url, outcome.removed)


@pr.command()
def sweep(
    repository: Annotated[str, typer.Option("--repository", help="group/project on GitLab.")],
    job: Annotated[str, typer.Option("--job", help="Name of the job that plans.")] = "aistacks-plan",
    api: ApiBase = None,
    page_url: PageUrl = "",
    key: Key = "",
) -> None:
    """On GitLab: comment every open merge request whose newest commit was planned, forks' too."""
    from aistacks_review.pr import gitlab
    from aistacks_review.pr.commenting import comment_on_gitlab

    told = comment_on_gitlab(gitlab.api(api), repository, job=job, key=key, page_url=page_url)
    for one in told:
        _say(one.number, one.outcome.action, one.outcome.url, one.outcome.removed, one.problem)
    if not told:
        console.note("no open merge request has a finished plan")


@pr.command()
def run(
    repo: Annotated[Path, typer.Option("--repo", help="A git repository with a Pulumi program.")],
    base: Annotated[str, typer.Option("--base", help="Revision that the pull request would merge into.")],
    head: Annotated[str, typer.Option("--head", help="Revision that the pull request proposes.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for what the jobs leave.")] = Path("aistacks-pr"),
    project: Annotated[str, typer.Option("--project", help="Folder of Pulumi.yaml in the repository.")] = ".",
    environment: Annotated[str, typer.Option("--environment", help="Which one. Default: all.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Every project that the pull request touches.")] = False,
) -> None:
    """Rehearse a pull request: the steps of both workflows, on this machine, without GitHub or GitLab."""
    from aistacks_review.pr.rehearsal import rehearse

    raise typer.Exit(rehearse(repo, base, head, out, project, environment, everything=everything))


def _from_event(event: Path, artifact: str, out: Path | None, api: str | None, page_url: str, key: str) -> None:
    from aistacks_review.pr import github
    from aistacks_review.pr.commenting import comment_on_github, event_in

    planned = event_in(event)
    told = comment_on_github(planned, github.api(api), artifact=artifact, key=key, page_url=page_url, out=out)
    if told is None:
        console.note(f"{planned.sha[:12]} is no open pull request's newest commit: nothing to say")
        return
    _say(told.number, told.outcome.action, told.outcome.url, told.outcome.removed, told.problem)


def _say(number: int, action: str, url: str, removed: int, problem: str = "") -> None:
    more = f", {removed} duplicates removed" if removed else ""
    console.out.print(f"comment on {number}: {action}{more} {url}".rstrip(), markup=False, soft_wrap=True)
    if problem:
        console.err.print(f"no plan to show: {problem}", markup=False, soft_wrap=True)
