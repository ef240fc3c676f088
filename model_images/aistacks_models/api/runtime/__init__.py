"""The part of a generated client that is the same for every model.

These modules import the standard library and one another, nothing else: `client` puts their text, in the order of
`PARTS`, into the one file that it makes.
"""

PARTS = ("errors", "values", "transports", "base")
