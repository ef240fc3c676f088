"""Stages of HTTP and WebSocket APIs."""

from __future__ import annotations

from aistacks_core.property_values import Props

from ..handler import Handler


class Stage(Handler):
    """A stage; AWS has the settings of its routes by the route's key."""

    def prepared(self, inputs: Props) -> Props:
        """The settings as a table."""
        if not isinstance(inputs.get("routeSettings"), list):
            return inputs
        rows = {
            str(row["routeKey"]): {key: value for key, value in row.items() if key != "routeKey"}
            for row in inputs["routeSettings"]
        }
        return {**inputs, "routeSettings": rows}
