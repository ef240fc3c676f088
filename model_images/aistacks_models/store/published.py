"""A published package in a store, and its verification: checksums, manifest, signature, bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from aistacks_core import checksums
from aistacks_core.errors import UserError

from ..aws_errors import as_user_error
from ..manifest import FILE, VERIFIED, Manifest
from ..signing import Signature, Trust
from .bucket import THREADS, Bucket, Object, altered
from .download import receive
from .package import agree, require


def _silent(_: int) -> None:
    pass


@dataclass(frozen=True)
class Published:
    """``text``: its `SHA256SUMS`, ``sums``: parsed, path → SHA-256, ``objects``: path → object as listed."""

    bucket: Bucket
    model: str
    digest: str
    text: bytes
    sums: Mapping[str, str]
    objects: Mapping[str, Object]

    @classmethod
    def open(cls, bucket: Bucket, model: str, digest: str) -> Published:
        """Read its checksums and compare them with ``digest`` and the listing; file contents aren't verified yet.

        Raises `UserError` for what isn't published, was altered, or has a file too many or too few.
        """
        home = bucket.home(model, digest)
        where = bucket.uri(home)
        objects = bucket.objects(home)
        if checksums.SUMS not in objects:
            got = f"no {checksums.SUMS} (an incomplete publication)" if objects else f"no {checksums.SUMS}"
            raise UserError(where, got, "a published model", "Publish it.")
        text = bucket.read(home + checksums.SUMS)
        if (got := checksums.sha256(text)) != digest:
            raise altered(where + checksums.SUMS, f"sha256 {got}", digest)
        try:
            sums = checksums.parse(text)
        except ValueError as error:
            raise UserError(where + checksums.SUMS, str(error), "checksums") from None
        found = objects.keys() - {checksums.SUMS, checksums.SIGNATURE}
        if wrong := checksums.difference(sums, found):
            raise UserError(where, wrong, f"exactly the files of {checksums.SUMS}", "Delete it and publish it again.")
        return cls(bucket, model, digest, text, sums, objects)

    @property
    def home(self) -> str:
        """The key prefix of its objects."""
        return self.bucket.home(self.model, self.digest)

    @property
    def where(self) -> str:
        """The same, for messages."""
        return self.bucket.uri(self.home)

    @property
    def size(self) -> int:
        """Bytes of all its objects."""
        return sum(item.size for item in self.objects.values())

    def verified(self) -> Manifest:
        """Its manifest. Raises `UserError` unless it lists exactly these files and passed its gates."""
        require(self.sums, self.where)
        return self.check_manifest(self._file(FILE), self._file(VERIFIED))

    def check_manifest(self, text: bytes, mark: bytes) -> Manifest:
        """As `verified`, from the verified content of `manifest.json` and `VERIFIED`."""
        manifest = Manifest.parse(text, self.where + FILE)
        sizes = {name: self.objects[name].size for name in self.sums}
        agree(manifest, mark, self.sums, sizes, self.where)
        if manifest.name != self.model:
            raise UserError(self.where + FILE, f"the model {manifest.name!r}", repr(self.model))
        return manifest

    def signature(self) -> Signature | None:
        """Its signature, not yet verified; ``None`` where there is none."""
        if checksums.SIGNATURE not in self.objects:
            return None
        key = self.home + checksums.SIGNATURE
        return Signature.parse(self.bucket.read(key, 1 << 16), self.bucket.uri(key))

    def require_signature(self, trust: Trust | None) -> None:
        """Raise `UserError` unless a trusted key signed it. ``trust``: ``None`` where no signature is required."""
        if trust is None:
            return
        signature = self.signature()
        if signature is None:
            todo = "Sign it: aistacks models publish FOLDER --sign KEY."
            raise UserError(self.where, "no signature", f"one by a key of {trust.where}", todo)
        trust.check(signature, self.digest, self.where + checksums.SIGNATURE)

    def verify_objects(self, *, read: bool = True, report: Callable[[int], None] = _silent) -> None:
        """Verify every object against its checksum. Raises `UserError` naming the first mismatch.

        ``read``: read every byte. Otherwise the checksums that the store keeps are trusted, and only objects without
        one of the whole object (multipart uploads) are read.
        """

        def check(name: str) -> None:
            key, expected = self.home + name, self.sums[name]
            if read or self.bucket.checksum(key) != expected:
                got = self.bucket.sha256(key)
                if got != expected:
                    raise altered(self.bucket.uri(key), f"sha256 {got}", expected)
            report(self.objects[name].size)

        in_parallel(self.bucket, check, self.sums)

    def receive(self, folder: Path, notes: Path, report: Callable[[int], None] = _silent) -> None:
        """Download it into ``folder`` and verify every byte. ``notes``: a folder that records finished ranges."""
        folder.mkdir(parents=True, exist_ok=True)
        receive(self.bucket, self.home, self.sums, self.objects, folder, notes, report)
        (folder / checksums.SUMS).write_bytes(self.text)
        if signature := self.signature():
            (folder / checksums.SIGNATURE).write_bytes(signature.to_bytes())

    def _file(self, name: str) -> bytes:
        data = self.bucket.read(self.home + name)
        if (got := checksums.sha256(data)) != self.sums[name]:
            raise altered(self.where + name, f"sha256 {got}", self.sums[name])
        return data


def in_parallel(bucket: Bucket, do: Callable[[str], None], names: Iterable[str]) -> None:
    """Call ``do`` with each name in parallel; the first error is raised and the rest cancelled."""
    with as_user_error(bucket.where), ThreadPoolExecutor(THREADS) as pool:
        futures = [pool.submit(do, name) for name in names]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
