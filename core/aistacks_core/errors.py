"""The one error that a user's own mistake raises."""

from typing import Self


class UserError(Exception):
    """A mistake that the reader can mend, told in one line; the ``aistacks`` command shows it and exits with 2.

    ``where``: the file, the path in it, or the argument. ``got`` and ``expected``: what was found
    there and what belongs there. ``todo``: what to do, when that isn't plain from the rest.
    """

    def __init__(self, where: str, got: str, expected: str, todo: str = "") -> None:
        self.where = where
        self.got = got
        self.expected = expected
        self.todo = todo
        line = f"{where}: got {got}; expected {expected}"
        super().__init__(" ".join((f"{line}. {todo}" if todo else line).split()))

    @classmethod
    def line(cls, text: str) -> Self:
        """An error whose one line is already there, from another process."""
        error = cls("", "", "")
        error.args = (" ".join(text.split()),)
        return error
