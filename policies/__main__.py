"""What the engine starts for `pulumi preview --policy-pack policies`."""

from pathlib import Path

from aistacks_policies.pack import serve

serve(Path(__file__).parent / "waivers.yaml")
