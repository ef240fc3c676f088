"""The model store: packages by digest in an S3 bucket, published atomically."""

from .bucket import Bucket, connect
from .catalogue import Entry, entries, find, reference
from .copying import copy
from .garbage_collection import Plan, Rules, plan, remove
from .package import Package
from .publish import Sent, publish
from .published import Published
from .pull import pull
from .upload import Report

__all__ = [
    "Bucket",
    "Entry",
    "Package",
    "Plan",
    "Published",
    "Report",
    "Rules",
    "Sent",
    "connect",
    "copy",
    "entries",
    "find",
    "plan",
    "publish",
    "pull",
    "reference",
    "remove",
]
