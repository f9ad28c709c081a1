"""Sends commands through the slot as an old client does, and checks every reply.

Argument: {"dir", "count", "pauseMs", "splits": 0|1|2, "pings": bool, "examples"}. Splits: 1 writes the JSON in two
halves to one open file, 2 opens it twice.
"""

import hashlib
import json
import random
import sys
import time

options = json.loads(sys.argv[1])
sys.path.insert(0, options["examples"])
from slot_client import SlotClient  # noqa: E402


class OldClient(SlotClient):
    def pause(self):
        if options["pauseMs"]:
            time.sleep(random.uniform(0, options["pauseMs"] / 1000))

    def write(self, text):
        if not options["splits"]:
            return super().write(text)
        cut = random.randrange(1, len(text))
        if options["splits"] == 1:
            with open(self.command, "w", encoding="utf-8") as file:
                file.write(text[:cut])
                file.flush()
                self.pause()
                file.write(text[cut:])
        else:
            with open(self.command, "w", encoding="utf-8") as file:
                file.write(text[:cut])
            self.pause()
            with open(self.command, "a", encoding="utf-8") as file:
                file.write(text[cut:])


client = OldClient(options["dir"])
right = lost = wrong = pongs = pings = 0
for number in range(options["count"]):
    code = f"TXT 1 1 {number} {random.random()}"
    width, height = random.randint(1, 200), random.randint(1, 100)
    digest = hashlib.sha256(f"{width}x{height} \n{code}".encode()).digest()
    expected = (digest * (width * height * 4 // 32 + 1))[: width * height * 4]
    got = client.render(code, width, height)
    if got is None:
        lost += 1
    elif got == expected:
        right += 1
    else:
        wrong += 1
    if options["pings"]:
        pings += 1
        pongs += client.ping()
print(json.dumps({"type": "done", "right": right, "lost": lost, "wrong": wrong, "pings": pings, "pongs": pongs}))
