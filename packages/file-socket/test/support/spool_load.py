"""Renders through the spool and checks every reply. Argument: {"dir", "count", "examples"}, and "capability" with "key"."""

import hashlib
import json
import random
import sys

options = json.loads(sys.argv[1])
sys.path.insert(0, options["examples"])
from gvpie_client import Client, SocketError  # noqa: E402

right = wrong = 0
errors = []
with Client(options["dir"], options.get("capability"), options.get("key")) as client:
    try:
        client.ping()
    except SocketError as error:
        errors.append(f"{error.code}: {error}")
        options["count"] = 0
    for number in range(options["count"]):
        code = f"TXT 1 1 {number} {random.random()} \u20ac"
        width, height = random.randint(1, 200), random.randint(1, 100)
        if number == 0:
            width, height = 601, 503
        params = {"n": number, "s": f"{number} \u20ac"}
        shown = json.dumps(params, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(f"{width}x{height} #112233ff\n{code}{shown}".encode()).digest()
        expected = (digest * (width * height * 4 // 32 + 1))[: width * height * 4]
        try:
            picture = client.render(code, width, height, background="#123", params=params)
            right += picture.data == expected
            wrong += picture.data != expected
        except SocketError as error:
            errors.append(error.code)
print(json.dumps({"type": "done", "right": right, "wrong": wrong, "errors": errors}))
