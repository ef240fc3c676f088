"""Where the sandbox keeps what belongs to one project on this machine."""

from dataclasses import dataclass
from pathlib import Path

from aistacks_core.files import write_atomically

_IGNORE = "*\n"


@dataclass(frozen=True)
class State:
    """The state folder of one project's sandbox.

    ``root`` is ``<project>/.aistacks/sandbox``. It and its sub-folders are made when they are first asked
    for, readable by their owner only; git ignores them whatever the project's own ``.gitignore`` says.
    """

    root: Path

    @classmethod
    def of(cls, project: Path) -> "State":
        """The state of the project that lives in the folder ``project``."""
        return cls(project.resolve() / ".aistacks" / "sandbox")

    @property
    def logs(self) -> Path:
        """What the background processes print: one file a process."""
        return self._folder("logs")

    @property
    def run(self) -> Path:
        """One JSON file a background process."""
        return self._folder("run")

    @property
    def bin(self) -> Path:
        """Programs that are put at the head of PATH: the provider plugins' wrappers."""
        return self._folder("bin")

    @property
    def etcd(self) -> Path:
        """The API server's objects."""
        return self._folder("etcd")

    @property
    def pki(self) -> Path:
        """Keys, certificates and tokens of the API server."""
        return self._folder("pki")

    @property
    def workspace(self) -> Path:
        """The copy of the project in which the engine works."""
        return self._folder("workspace")

    @property
    def backend(self) -> Path:
        """The engine's file backend: stacks and their checkpoints."""
        return self._folder("backend")

    @property
    def pulumi_home(self) -> Path:
        """The engine's own home, so that the user's credentials and plugins are neither used nor touched."""
        return self._folder("pulumi-home")

    @property
    def models(self) -> Path:
        """Models on their way to or from the model store."""
        return self._folder("models")

    @property
    def kubeconfig(self) -> Path:
        """The file with which clients reach the API server; it exists once the server was started."""
        return self._made() / "kubeconfig"

    def exists(self) -> bool:
        """Whether anything was ever kept here. Makes nothing."""
        return self.root.is_dir()

    def _folder(self, name: str) -> Path:
        folder = self._made() / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def _made(self) -> Path:
        ignore = self.root / ".gitignore"
        if not ignore.exists() or not ignore.stat().st_size:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(ignore, _IGNORE)
        return self.root
