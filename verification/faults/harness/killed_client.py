"""A spool client that submits requests and then waits to be killed. Argument: {"dir", "examples", "kind"}.

Kinds: "waiting" has requests that wait or run, "unread" leaves its replies unread, "staging" has not yet renamed its
request.
"""

import json
import sys
import time

options = json.loads(sys.argv[1])
sys.path.insert(0, options["examples"])
from gvpie_client import Client, new_ulid  # noqa: E402

client = Client(options["dir"])
while not client._renew_lease():
    time.sleep(0.01)
program = {"waiting": "!sleep 3000", "unread": "now"}.get(options["kind"])
if program is None:
    with open(f"{client.v1}/tmp/{new_ulid()}.{client.name}.req", "w", encoding="utf-8") as file:
        file.write('{"op":')
else:
    request = {"op": "render_program", "code": program, "width": 8, "height": 8, "format": "RGBA"}
    for _ in range(4):
        client._submit(request, new_ulid(), time.monotonic() + 60)
print(json.dumps({"type": "submitted"}), flush=True)
time.sleep(600)
