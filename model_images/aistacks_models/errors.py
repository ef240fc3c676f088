"""The one error of a user's own making in this room, which runs where `aistacks.errors` can't be imported."""


class ModelError(Exception):
    """What is wrong, in one line.

    ``where``: a file and the place in it. ``got`` and ``expected``: in the user's words. ``todo``: what to do,
    or empty. `aistacks models` shows it as its own kind of error, exit code 2.
    """

    def __init__(self, where: str, got: str, expected: str, todo: str = "") -> None:
        super().__init__(f"{where}: got {got}; expected {expected}" + (f". {todo}" if todo else ""))
        self.where, self.got, self.expected, self.todo = where, got, expected, todo
