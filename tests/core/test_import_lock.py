"""Imports by two threads that would wait for each other."""

import subprocess
import sys

PROGRAM = """
import importlib.machinery, importlib.util, sys, threading, time
from aistacks_core import import_lock
import_lock.at_a_time()
failed, begun = [], threading.Event()
FILE = "package/__init__.py"

class Slow(importlib.machinery.SourceFileLoader):
    def create_module(self, spec):
        # Here the package is locked, but isn't among the modules yet. Its part is locked by the other thread, which
        # waits for the package; and the package imports its part.
        begun.set()
        time.sleep(0.5)

class Finder:
    def find_spec(name, path=None, target=None):
        if name == "package":
            return importlib.util.spec_from_file_location(name, FILE, loader=Slow(name, FILE))

def load(name):
    try:
        __import__(name)
    except BaseException as error:
        failed.append(repr(error))

sys.meta_path.insert(0, Finder)
threads = [threading.Thread(target=load, args=(name,)) for name in ("package", "package.part")]
threads[0].start()
begun.wait()
threads[1].start()
for thread in threads:
    thread.join()
import package.part as part
print(failed, part.VALUE)
"""


def test_a_package_and_its_part_do_not_lock_each_other_out(tmp_path):
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "__init__.py").write_text("from .part import VALUE\n")
    (folder / "part.py").write_text("VALUE = 1\n")
    argv = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[] 1\n"
