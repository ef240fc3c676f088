"""The real engine against the stand-in and a real API server. It proves nothing about running pods."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Stack  # type: ignore[import-not-found]

Program = Callable[..., str]

DEPLOYMENT = """
labels = {"app": %(app)r}
web = k8s.apps.v1.Deployment("web", metadata={"name": "web"}, spec={
    "replicas": %(replicas)d,
    "selector": {"match_labels": labels},
    "template": {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "web", "image": "web:1", "resources": {"limits": {"cpu": "1000m"}}}]},
    },
}, opts=o(provider=k))
"""


def test_a_deployment_lives_through_up_update_replace_and_destroy(
    stack: Stack, namespace: str, provider_program: Program
) -> None:
    def program(app: str = "web", replicas: int = 1) -> str:
        return provider_program(namespace, DEPLOYMENT % {"app": app, "replicas": replicas})

    preview = stack.preview(program())
    assert preview.changes == {"create": 3}
    first = stack.up()
    assert first.changes == {"create": 3}
    made = stack.resources()["web"]
    assert made["id"] == f"{namespace}/web"
    assert made["outputs"]["__aistacks"] == "created"
    assert made["outputs"]["spec"]["template"]["spec"]["restartPolicy"] == "Always"
    again = stack.up(refresh=True)
    assert again.changes == {"same": 3}
    updated = stack.up(program(replicas=2))
    assert updated.changes == {"same": 2, "update": 1}
    assert updated.event("web")["diffs"] == ["spec.replicas"]
    replaced = stack.up(program(app="other", replicas=2))
    assert replaced.ops("web") == ["delete-replaced", "replace", "create-replacement"]
    assert stack.resources()["web"]["outputs"]["spec"]["selector"] == {"matchLabels": {"app": "other"}}
    assert stack.destroy().changes == {"delete": 3}
