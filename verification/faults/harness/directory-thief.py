"""Becomes another user and tries to rename a directory and to put one of its own in the place. Argument: the path."""

import os
import sys

path = sys.argv[1]
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
try:
    os.rename(path, path + ".stolen")
    os.mkdir(path, 0o755)
    print("renamed", flush=True)
except OSError as error:
    print("refused", error.errno, flush=True)
