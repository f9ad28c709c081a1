#!/usr/bin/env python3
"""A client of gvpie-daemon for the slot: one command file, one reply file, one client at a time.

It writes `cmd.json` in place, deletes a stale `out.raw`, then polls for a reply every 20 ms and gives up after 2 s. New
programs should use gvpie_client.py, which reports errors and can run beside other clients.

    from slot_client import SlotClient

    data = SlotClient("/tmp/gvpie").render("TXT 10 10 Hello GPU")
"""

import json
import os
import time


class SlotClient:
    def __init__(self, directory="/tmp/gvpie"):
        self.command = os.path.join(directory, "cmd.json")
        self.output = os.path.join(directory, "out.raw")

    def render(self, code, width=128, height=64):
        """Returns RGBA bytes, or None after the timeout."""
        command = {"op": "render_program", "code": code, "width": width, "height": height, "format": "RGBA"}
        return self.call(command)

    def ping(self):
        return self.call({"op": "ping"}) == b"pong"

    def read_canvas(self):
        """Returns the last picture, or a black one before the first; None after the timeout."""
        return self.call({"op": "read_canvas"})

    def call(self, command):
        self.write(json.dumps(command))
        self.pause()
        if os.path.exists(self.output):
            os.remove(self.output)
        self.pause()
        deadline = time.monotonic() + 2.0
        while time.monotonic() < deadline:
            if os.path.exists(self.output):
                self.pause()
                with open(self.output, "rb") as file:
                    return file.read()
            time.sleep(0.02)
        return None

    def write(self, text):
        with open(self.command, "w", encoding="utf-8") as file:
            file.write(text)

    def pause(self):
        """Runs between any two steps. Tests override it."""
