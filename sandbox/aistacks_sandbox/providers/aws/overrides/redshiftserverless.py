"""Redshift Serverless workgroups: parameters, of which AWS has more, and the price-performance switch."""

from __future__ import annotations

from aistacks_core.property_values import Props

from ..handler import Handler


class Workgroup(Handler):
    """A workgroup."""

    def prepared(self, inputs: Props) -> Props:
        """The price-performance target's switch in AWS's word."""
        target = inputs.get("pricePerformanceTarget")
        if not target:
            return inputs
        status = {"status": "ENABLED" if target.get("enabled") else "DISABLED"}
        rest = {name: value for name, value in target.items() if name != "enabled"}
        return {**inputs, "pricePerformanceTarget": {**status, **rest}}

    def answered(self, answer: Props, inputs: Props) -> Props:
        """Only the parameters that were asked for; the endpoint in Pulumi's list."""
        asked = {each["parameterKey"] for each in inputs.get("configParameters") or []}
        shown = answer.get("configParameters", [])
        target = answer.get("pricePerformanceTarget")
        switch = {"enabled": target.get("status") == "ENABLED"} if target else {}
        return {
            **answer,
            "configParameters": [each for each in shown if not asked or each["parameterKey"] in asked],
            "endpoints": [answer.get("endpoint", {})],
            **({"pricePerformanceTarget": {**target, **switch}} if target else {}),
        }
