"""What every other package of aistacks builds on; imports none of them, and no pulumi."""
