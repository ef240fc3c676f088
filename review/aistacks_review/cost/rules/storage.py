"""What is kept: buckets, image repositories and backups."""

from aistacks_core.snapshot import Registration

from ..context import Context


def bucket(r: Registration, c: Context) -> None:
    """By what is in it and by the requests to it."""
    stated = c.usage.buckets.get(r.name)
    held, key = (c.usage.bucket_gb, "bucket_gb") if stated is None else (stated, f"buckets.{r.name}")
    c.used_as(r, "bucket, stored", "s3", "storage", key, held)
    c.used(r, "bucket, writing requests", "s3", "writing requests", "bucket_writes")
    c.used(r, "bucket, reading requests", "s3", "reading requests", "bucket_reads")


def repository(r: Registration, c: Context) -> None:
    """By what its images take."""
    c.used(r, "image repository, stored", "ecr", "storage", "images_gb")


def vault(r: Registration, c: Context) -> None:
    """By what its backups take; those of a second region's vault are copies, and stated alike."""
    c.used(r, "backups, stored", "backup", "storage", "backups_gb")


def snapshot_copies(r: Registration, c: Context) -> None:
    """By what the copies take in the second region."""
    c.leave(r, "copies of snapshots", c.missing(r, "redshift snapshot storage"))
