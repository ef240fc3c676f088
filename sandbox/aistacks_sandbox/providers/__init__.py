"""Small Pulumi provider plugins that stand in for the vendor's in the sandbox.

``server`` speaks the engine's protocol, ``provider`` is what a stand-in implements, ``properties``
turns the protocol's values into Python's, ``diffs`` compares them and ``autoname`` names what has no name.
"""
