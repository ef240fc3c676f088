"""What is kept: buckets and image repositories."""

from aistacks_core.snapshot import Registration

from ..context import Context


def bucket(r: Registration, c: Context) -> None:
    """By what is in it and by the requests to it."""
    stated = c.usage.buckets.get(r.name)
    held, key = (c.usage.bucket_gb, "bucket_gb") if stated is None else (stated, f"buckets.{r.name}")
    c.charge(r, "bucket, stored", "s3", "storage", c.use(held), key)
    c.charge(r, "bucket, writing requests", "s3", "writing requests", c.use(c.usage.bucket_writes), "bucket_writes")
    c.charge(r, "bucket, reading requests", "s3", "reading requests", c.use(c.usage.bucket_reads), "bucket_reads")


def repository(r: Registration, c: Context) -> None:
    """By what its images take."""
    c.charge(r, "image repository, stored", "ecr", "storage", c.use(c.usage.images_gb), "images_gb")
