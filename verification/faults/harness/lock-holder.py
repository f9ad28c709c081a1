"""Becomes another user, takes the lock that SQLite takes to read a database, and holds it. Argument: the path."""

import fcntl
import os
import sys
import time

os.setgroups([])
os.setgid(65534)
os.setuid(65534)
try:
    # The shared bytes of SQLite: 510 from 2^30 + 2.
    fcntl.lockf(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_SH, 510, 0x40000002)
    print("held", flush=True)
    time.sleep(600)
except OSError as error:
    print("refused", error.errno, flush=True)
