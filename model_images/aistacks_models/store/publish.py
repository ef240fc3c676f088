"""Publishing: every file, then the signature, then `SHA256SUMS`, which makes the package visible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aistacks_core import checksums

from ..signing import Signature
from .bucket import Bucket, altered
from .package import Package
from .published import Published, in_parallel
from .upload import Sending, abort_all, same, send


@dataclass(frozen=True)
class Sent:
    """What was uploaded: the number of ``files`` and their ``bytes``; 0 where everything was there."""

    files: int
    bytes: int


def publish(
    bucket: Bucket,
    model: str,
    package: Package,
    *,
    signature: Signature | None = None,
    repair: bool = False,
    report: Callable[[int], None] = lambda _: None,
) -> Sent:
    """Upload ``package`` as ``model``; existing objects aren't sent again.

    An interrupted upload leaves no valid package, and the same call resumes it; concurrent callers are safe.
    ``repair``: overwrite altered objects of a published model, instead of refusing. Raises `UserError` when the store
    refuses, or holds other bytes under this digest.
    """
    home = bucket.home(model, package.digest)
    there = bucket.objects(home)
    complete = checksums.SUMS in there
    missing: list[str] = []

    def look(name: str) -> None:
        size = package.seen[name][0]
        there_too = name in there and there[name].size == size
        if there_too and same(bucket, home + name, package.folder / name, package.sums[name]):
            report(size)
            return
        if name in there and complete and not repair:
            raise altered(bucket.uri(home + name), "other bytes", package.sums[name])
        missing.append(name)

    in_parallel(bucket, look, package.sums)
    # Wrong objects of an incomplete package are partial uploads; of a complete one, only a repair gets here.
    files = [Sending(package.folder / n, home + n, package.sums[n], overwrite=n in there) for n in sorted(missing)]
    send(bucket, files, report)
    package.unchanged()
    if signature is not None:
        bucket.put(home + checksums.SIGNATURE, signature.to_bytes(), overwrite=True)
    sums = home + checksums.SUMS
    if complete and bucket.read(sums) != package.text:
        if not repair:
            raise altered(bucket.uri(sums), "other bytes", package.digest)
        missing.append(checksums.SUMS)
        bucket.put(sums, package.text, overwrite=True)
    elif not complete:
        missing.append(checksums.SUMS)
        bucket.put(sums, package.text)
    abort_all(bucket, home)
    Published.open(bucket, model, package.digest)
    sizes = {**{name: size for name, (size, _) in package.seen.items()}, checksums.SUMS: len(package.text)}
    return Sent(len(missing), sum(sizes[name] for name in missing))
