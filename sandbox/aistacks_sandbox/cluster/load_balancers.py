"""Gives every Service of type LoadBalancer and every Ingress the address that AWS would give it, and takes it back.

Runs beside the API server as a process of its own. Nothing stands behind the names: no load balancer is made.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

import requests

from aistacks_core.http_session import local_session

from .certificates import Pki

PROCESS = "load-balancers"
_KINDS = {"services": "/api/v1/services", "ingresses": "/apis/networking.k8s.io/v1/ingresses"}
_PAUSE_SECONDS = 0.5
_WATCH_SECONDS = 300
_NETWORK = "service.beta.kubernetes.io/aws-load-balancer-type"


def address(kind: str, found: dict[str, Any], region: str) -> str | None:
    """The host name for a Service or Ingress; None where it gets none.

    Named as AWS names classic load balancers (in-tree controller), and as its Load Balancer Controller the others.
    """
    meta, spec = found["metadata"], found.get("spec") or {}
    digest = hashlib.sha256(meta["uid"].encode()).hexdigest()
    number = str(int(digest[:12], 16))[:10]
    if kind == "ingresses":
        return f"k8s-{_part(meta['namespace'])}-{_part(meta['name'])}-{digest[:10]}-{number}.{region}.elb.amazonaws.com"
    if spec.get("type") != "LoadBalancer":
        return None
    if spec.get("loadBalancerClass") or _NETWORK in (meta.get("annotations") or {}):
        name = f"k8s-{_part(meta['namespace'])}-{_part(meta['name'])}-{digest[:10]}-{digest[10:26]}"
        return f"{name}.elb.{region}.amazonaws.com"
    return f"a{meta['uid'].replace('-', '')}-{number}.{region}.elb.amazonaws.com"


def _part(name: str) -> str:
    return "".join(c for c in name if c.isalnum())[:8]


class Controller:
    """Watches one kind of object and sets ``status.loadBalancer``."""

    def __init__(self, kind: str, url: str, pki: Pki, notes: Path) -> None:
        self.kind, self.url, self.notes = kind, url, notes
        self.session = local_session()
        self.session.verify = str(pki.authority)
        self.session.headers["Authorization"] = f"Bearer {pki.admin_token}"

    def run(self) -> None:
        """Watch until the process ends; begin again whenever the API server lets go."""
        while True:
            try:
                self._watch()
            except (requests.RequestException, ValueError, KeyError) as error:
                sys.stderr.write(f"{self.kind}: {error}\n")
                sys.stderr.flush()
            time.sleep(_PAUSE_SECONDS)

    def _watch(self) -> None:
        listed = self.session.get(self.url + _KINDS[self.kind], timeout=10)
        listed.raise_for_status()
        answer = listed.json()
        for item in answer["items"]:
            self.settle(item)
        params = {"watch": "true", "resourceVersion": answer["metadata"]["resourceVersion"]}
        timeout = (10, _WATCH_SECONDS)
        with self.session.get(self.url + _KINDS[self.kind], params=params, stream=True, timeout=timeout) as events:
            events.raise_for_status()
            for line in events.iter_lines():
                event = json.loads(line)
                if event["type"] == "ERROR":
                    return
                if event["type"] in ("ADDED", "MODIFIED"):
                    self.settle(event["object"])

    def settle(self, found: dict[str, Any]) -> None:
        """Write the address where it isn't there, and empty it where there is to be none."""
        there = ((found.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
        wanted = address(self.kind, found, self._region())
        if bool(there) == bool(wanted) or found["metadata"].get("deletionTimestamp"):
            return
        entries = [{"hostname": wanted}] if wanted else None
        meta = found["metadata"]
        base = _KINDS[self.kind].rpartition("/")[0]
        path = f"{base}/namespaces/{meta['namespace']}/{self.kind}/{meta['name']}/status"
        answer = self.session.patch(
            self.url + path,
            params={"fieldManager": PROCESS},
            headers={"Content-Type": "application/merge-patch+json"},
            data=json.dumps({"status": {"loadBalancer": {"ingress": entries}}}),
            timeout=10,
        )
        if answer.status_code not in (404, 409):  # gone, or changed meanwhile: the next event tells
            answer.raise_for_status()

    def _region(self) -> str:
        """Of the stack that came up last."""
        try:
            stacks = json.loads(self.notes.read_text()).get("stacks", {})
        except (OSError, ValueError):
            stacks = {}
        return next((str(stack["region"]) for stack in reversed(stacks.values())), "eu-west-1")


def main(url: str, pki: str, notes: str) -> None:
    """Watch both kinds for ever."""
    controllers = [Controller(kind, url, Pki(Path(pki)), Path(notes)) for kind in _KINDS]
    threads = [threading.Thread(target=controller.run, daemon=True) for controller in controllers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
