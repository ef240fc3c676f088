"""What is paid by the request: functions, APIs, streams, state machines."""

from __future__ import annotations

from aistacks_core.snapshot import Registration

from ..context import Context
from ..quantities import at, number, text, texts

_FUNCTION = "aws:lambda/function:Function"
_MEMORY = 128.0
"""MB of a function that states none, and GB-seconds are counted in 1,024 (Lambda's API, CreateFunction)."""
_DISK = 512.0
"""MB of ephemeral storage that a function has without a charge (the same)."""
_SECONDS = 3600.0
_HOURS_KEPT = 24.0
"""A stream keeps its records so long without a charge (Kinesis's API, CreateStream)."""


def function(r: Registration, c: Context) -> None:
    """By the request, and by the memory and time of each."""
    chip, memory = _chip(r), number(r.inputs.get("memorySize", _MEMORY))
    if chip is None or memory is None:
        c.leave(r, "function", "its memory or architecture isn't known before deployment")
        return
    requests, ms = c.usage.function_requests, c.usage.function_ms
    c.used(r, "function, requests", "lambda", f"{chip} requests", "function_requests")
    seconds = None if requests is None or ms is None else requests * ms / 1000 * memory / 1024
    what, figures = f"function, time at {memory:g} MB", "function_requests and function_ms"
    c.used_as(r, what, "lambda", f"{chip} duration", figures, seconds)
    disk = number(at(r.inputs.get("ephemeralStorage"), "size"))
    if disk is not None and disk > _DISK:
        c.leave(r, "function, ephemeral storage", "more than 512 MB of it have no pricing rule")
    if r.inputs.get("snapStart"):
        c.leave(r, "function, snapshots", "SnapStart has no pricing rule")


def _chip(r: Registration) -> str | None:
    stated = texts(r.inputs.get("architectures", ["x86_64"]))
    return stated[0] if stated and stated[0] in ("x86_64", "arm64") else None


def provisioned(r: Registration, c: Context) -> None:
    """Concurrency that waits all month, by its memory; the requests' own time is the function's."""
    count = number(r.inputs.get("provisionedConcurrentExecutions"))
    of = c.linked(r, "functionName", _FUNCTION)
    memory = number(of.inputs.get("memorySize", _MEMORY)) if of else None
    chip = _chip(of) if of else None
    if count is None or memory is None or chip is None:
        c.leave(r, "provisioned concurrency", "its number or its function isn't known before deployment")
        return
    seconds = c.always(count * memory / 1024) * _SECONDS
    c.charge(r, f"provisioned concurrency, {count:g} x {memory:g} MB", "lambda", f"{chip} provisioned", seconds)


def rest_api(r: Registration, c: Context) -> None:
    """By the request."""
    c.used(r, "API, requests", "apigateway", "REST requests", "api_requests")


def api(r: Registration, c: Context) -> None:
    """By the request, or by the message; what a connection costs by the minute comes on top."""
    kind = r.inputs.get("protocolType")
    if kind == "HTTP":
        c.used(r, "API, requests", "apigateway", "HTTP requests", "api_requests")
    elif kind == "WEBSOCKET":
        c.used(r, "API, messages", "apigateway", "WebSocket messages", "api_requests")
        c.leave(r, "API, connections", "the minutes of its connections depend on use and have no figure here")
    else:
        c.leave(r, "API", "its protocol isn't known before deployment")


def stage(r: Registration, c: Context) -> None:
    """Its cache, if it has one; the requests are the API's."""
    if r.inputs.get("cacheClusterEnabled") in (None, False):
        c.free += 1
        return
    size = text(r.inputs.get("cacheClusterSize"))
    if size is None:
        c.leave(r, "API cache", "whether it has one, or its size, isn't known before deployment")
    else:
        c.charge(r, f"API cache, {size} GB", "apigateway", f"cache {size}", c.always())


def state_machine(r: Registration, c: Context) -> None:
    """A standard one by the state that it goes to."""
    if r.inputs.get("type", "STANDARD") == "STANDARD":
        c.used(r, "state machine, transitions", "stepfunctions", "transitions", "state_transitions")
    else:
        c.leave(r, "state machine", "an express one has no pricing rule, or its kind isn't known before deployment")


def stream(r: Registration, c: Context) -> None:
    """By the shard, or by what goes in."""
    mode = at(r.inputs.get("streamModeDetails"), "streamMode") or "PROVISIONED"
    kept = number(r.inputs.get("retentionPeriod", _HOURS_KEPT))
    if mode == "ON_DEMAND":
        c.charge(r, "stream, hours", "kinesis", "on-demand stream", c.always())
        c.used(r, "stream, data in", "kinesis", "on-demand in", "stream_gb")
        if kept != _HOURS_KEPT:
            c.leave(r, "stream, kept", "more than a day's records have no pricing rule")
        return
    shards = number(r.inputs.get("shardCount"))
    if mode != "PROVISIONED" or shards is None or kept is None:
        c.leave(r, "stream", "its mode, shards or retention aren't known before deployment")
        return
    c.charge(r, f"stream, {shards:g} shards", "kinesis", "shard", c.always(shards))
    if kept > _HOURS_KEPT:
        c.charge(r, "stream, kept longer than a day", "kinesis", "extended shard", c.always(shards))
    if kept > 7 * _HOURS_KEPT:
        c.leave(r, "stream, kept longer than a week", "it has no pricing rule")
    c.leave(r, "stream, records put", "they depend on use and have no figure here")
