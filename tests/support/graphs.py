"""Walks over what a program registered."""


def waits_for(plan, registration):
    """URNs of all that ``registration`` depends on, directly or not, its provider's dependencies included.

    They are made before it and deleted after it.
    """
    by_urn = {r.urn: r for r in plan.resources}
    seen, todo = set(), [registration]
    while todo:
        r = todo.pop()
        provider = r.provider.rsplit("::", 1)[0] if r.provider else ""
        for urn in {*r.dependencies, provider} - {""}:
            if urn in by_urn and urn not in seen:
                seen.add(urn)
                todo.append(by_urn[urn])
    return seen
