"""Queues, topics, queries and jobs: paid by use alone."""

from aistacks_core.snapshot import Registration

from ..context import Context
from ..quantities import yes


def queue(r: Registration, c: Context) -> None:
    """By the request."""
    if yes(r.inputs.get("fifoQueue")):
        c.leave(r, "queue, requests", "requests to a queue that keeps order have no pricing rule")
        return
    c.charge(r, "queue, requests", "sqs", "requests", c.use(c.usage.queue_requests), "queue_requests")


def topic(r: Registration, c: Context) -> None:
    """By the request; what its subscribers are sent beyond queues and functions isn't counted."""
    if yes(r.inputs.get("fifoTopic")):
        c.leave(r, "topic, requests", "requests to a topic that keeps order have no pricing rule")
        return
    c.charge(r, "topic, requests", "sns", "requests", c.use(c.usage.topic_requests), "topic_requests")


def athena(r: Registration, c: Context) -> None:
    """By what a workgroup's queries scan."""
    c.charge(r, "queries, scanned", "athena", "scanned", c.use(c.usage.scanned_tb), "scanned_tb")


def job(r: Registration, c: Context) -> None:
    """By the hour of a data processing unit."""
    c.charge(r, "job, DPU-hours", "glue", "job", c.use(c.usage.dpu_hours), "dpu_hours")


def crawler(r: Registration, c: Context) -> None:
    """By the hour of a data processing unit."""
    c.charge(r, "crawler, DPU-hours", "glue", "crawler", c.use(c.usage.dpu_hours), "dpu_hours")
