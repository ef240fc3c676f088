"""EC2 instance types as arguments."""

import difflib

from aistacks_catalog.aws import facts as _facts

from .._arguments import wrong


def instance(name: str, kind: type, path: str, type_: str) -> _facts.Instance:
    """The shape of ``type_``; ``UserError`` that names the likeliest known ones when it isn't known here."""
    known = _facts.instances()
    if type_ not in known:
        close = difflib.get_close_matches(type_, known, n=3, cutoff=0.5)
        families = ", ".join(sorted({t.split(".")[0] for t in known}))
        todo = f"Did you mean {', '.join(close)}?" if close else ""
        raise wrong(name, kind, path, type_, f"a type of {families}", todo)
    return known[type_]
