"""A review made from the real engine's preview: what the cloud says, beside what the program's plan says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from aistacks_core.project import Project, read_settings
from aistacks_core.property_paths import top_level
from aistacks_core.snapshot import Registration

from ..compare.changes import ResourceChange
from ..compare.disagreements import Sight, disagreements
from ..record.planning import Side
from ..review import Review
from ..reviewing import assumptions, judged
from .engine_preview import from_preview, read_preview


def with_preview(project: Project, planned: Review, file: Path) -> Review:
    """The review of the preview in ``file``, in place of ``planned``, the same program's plan.

    Where ``planned`` has a base, what the two disagree about is told. Raises ``UserError`` for a file that is no
    preview.
    """
    from ..cost import cost
    from ..policy import waivers_of

    base, head, changes = from_preview(read_preview(file), str(file))
    placed = {r.urn: r for r in planned.head.resources}
    head = replace(
        head, resources=[_placed(r, placed) for r in head.resources], region=head.region or planned.head.region
    )
    base = replace(base, region=base.region or head.region)
    changes = [replace(c, after=_placed(c.after, placed) if c.after else None) for c in changes]
    custom = sum(r.custom for r in head.resources)
    touched = sum(c.after is not None for c in changes)
    side = Side(head, read_settings(project, planned.environment))
    assumed = assumptions(project, planned.environment, side)
    review = replace(
        planned,
        head=head,
        base=base,
        head_revision="pulumi preview",
        base_revision="deployed",
        changes=changes,
        same=custom - touched,
        notes=[],
        disagreements=_disagreements(planned, changes, [*base.resources, *head.resources]),
    )
    return judged(
        review,
        waivers_of(project.folder),
        cost(head, base, assumed, assumed),
        project.settings_path(planned.environment),
    )


def _disagreements(planned: Review, changes: list[ResourceChange], shown: list[Registration]) -> list[str]:
    """``shown``: every resource of the preview."""
    if planned.base is None:
        return []
    ours = [*planned.base.resources, *planned.head.resources]
    uncompared: dict[str, dict[str, str]] = {}
    for one in planned.uncompared:
        uncompared.setdefault(one.resource.urn, {})[top_level(one.path)] = one.why
    sight = Sight(
        urns=frozenset(r.urn for r in ours),
        parents={r.urn: r.parent for r in shown},
        remote={r.urn: f"{r.name} ({r.type})" for r in ours if r.remote},
        uncompared=uncompared,
    )
    return disagreements(planned.changes, changes, sight)


def _placed(registration: Registration, placed: dict[str, Registration]) -> Registration:
    """With the program's file and line, which a preview doesn't tell."""
    found = placed.get(registration.urn)
    return replace(registration, file=found.file, line=found.line) if found else registration
