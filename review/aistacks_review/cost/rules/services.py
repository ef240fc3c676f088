"""Queues, topics, queries and jobs: paid by use alone."""

from aistacks_core.snapshot import Registration

from ..context import Context
from ..quantities import yes


def queue(r: Registration, c: Context) -> None:
    """By the request."""
    if yes(r.inputs.get("fifoQueue")):
        c.leave(r, "queue, requests", "requests to a queue that keeps order have no pricing rule")
        return
    c.used(r, "queue, requests", "sqs", "requests", "queue_requests")


def topic(r: Registration, c: Context) -> None:
    """By the request; what its subscribers are sent beyond queues and functions isn't counted."""
    if yes(r.inputs.get("fifoTopic")):
        c.leave(r, "topic, requests", "requests to a topic that keeps order have no pricing rule")
        return
    c.used(r, "topic, requests", "sns", "requests", "topic_requests")


def athena(r: Registration, c: Context) -> None:
    """By what a workgroup's queries scan."""
    c.used(r, "queries, scanned", "athena", "scanned", "scanned_tb")


def job(r: Registration, c: Context) -> None:
    """By the hour of a data processing unit."""
    c.used(r, "job, DPU-hours", "glue", "job", "dpu_hours")


def crawler(r: Registration, c: Context) -> None:
    """By the hour of a data processing unit."""
    c.used(r, "crawler, DPU-hours", "glue", "crawler", "dpu_hours")
