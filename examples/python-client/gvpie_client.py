#!/usr/bin/env python3
"""A client of gvpie-daemon for the spool of docs/file-socket.md, version 1.

Uses only the standard library. With a capability it uses gvpie_capability.py, which needs the package `cryptography`.

    from gvpie_client import Client

    with Client() as client:
        picture = client.render("TXT 10 10 Hello GPU", width=128, height=64)
        picture.data  # RGBA, 128 * 64 * 4 bytes

With a capability, for a server that asks for one. The key file is that of `gvpie capability keygen`:

    Client("/tmp/gvpie", capability="script.cap", key="script")

On the command line:

    python3 gvpie_client.py program.pxl picture.pam
"""

import hashlib
import json
import os
import secrets
import stat
import struct
import sys
import time
import zlib

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LEASE_TOUCH_S = 5.0
LONGEST_HEADER = 4 * 1024 * 1024
LONGEST_REPLY = 8 + LONGEST_HEADER + 256 * 1024 * 1024
CHECKED_WHOLE = 1024 * 1024


class SocketError(Exception):
    """A request that ended without a picture. `status` is that of the reply, or one of this client.

    Its own are "timeout", "unsafe" and "bad_reply"; with a capability also "untrusted_reply" and "bad_capability".
    """

    def __init__(self, status, code, message, diagnostics=(), retry_after=None):
        super().__init__(message)
        self.status = status
        self.code = code
        self.diagnostics = list(diagnostics)
        self.retry_after = retry_after


class Picture:
    """RGBA, 8 bits a channel, rows from the top, no padding."""

    def __init__(self, header, data):
        self.width = header["width"]
        self.height = header["height"]
        self.backend = header["backend"]
        self.adapter = header["adapter"]
        self.data = data


def new_ulid():
    """Returns 48 bits of milliseconds and 80 random bits in Crockford's base 32."""
    value = int(time.time() * 1000) << 80 | secrets.randbits(80)
    return "".join(CROCKFORD[value >> shift & 31] for shift in range(125, -1, -5))


def start_ticks():
    """Returns the start time of this process in clock ticks since boot: field 22 of /proc/self/stat."""
    try:
        with open("/proc/self/stat", encoding="latin-1") as file:
            return file.read().rpartition(")")[2].split()[19]
    except OSError:
        return "0"


def check_directory(path):
    """Raises SocketError for a directory that another user could control."""
    found = os.lstat(path)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        message = f"expected {path} to be a directory of this user that no other user may write"
        raise SocketError("unsafe", "unsafe_directory", message)
    check_parents(os.path.abspath(path))


def unmapped_user():
    """Returns the id that stands for all users outside the user namespace, such as the root of the host; none otherwise."""
    try:
        with open("/proc/sys/kernel/overflowuid", encoding="ascii") as file:
            overflow = int(file.read())
        with open("/proc/self/uid_map", encoding="ascii") as file:
            ranges = [[int(field) for field in line.split()] for line in file]
    except OSError:
        return set()
    return set() if any(first <= overflow < first + count for first, _, count in ranges) else {overflow}


def check_parents(path):
    """Raises SocketError if another user could rename a directory on the path, and so replace what it names."""
    users = {0, os.geteuid()} | unmapped_user()
    directory, names, links = "/", path.split("/"), 0
    while names:
        name = names.pop(0)
        entry = os.path.normpath(os.path.join(directory, name))
        holder, found = os.lstat(directory), os.lstat(entry)
        is_shared = holder.st_mode & 0o022
        if holder.st_uid not in users or (
            is_shared and not (holder.st_mode & stat.S_ISVTX and found.st_uid in users)
        ):
            message = f"expected no other user to be able to replace {path}, got {directory}"
            raise SocketError("unsafe", "unsafe_directory", message)
        directory = entry
        if stat.S_ISLNK(found.st_mode):
            links += 1
            if links > 40:
                raise SocketError("unsafe", "unsafe_directory", f"expected at most 40 links in {path}, got more")
            target = os.readlink(entry)
            directory = "/" if target.startswith("/") else os.path.dirname(entry)
            names = target.split("/") + names


def checksum(payload):
    """Returns the CRC-32 of the payload or, above 1 MiB, of the first 64 bytes of every 4,096."""
    if len(payload) > CHECKED_WHOLE:
        payload = b"".join(payload[start : start + 64] for start in range(0, len(payload), 4096))
    return zlib.crc32(payload)


def decode_reply(content, expected_id):
    """Decodes a reply file: GVR1, header length, JSON header, payload."""
    _, header, payload = split_reply(content)
    if header.get("bytes") != len(payload) or header.get("crc32") != checksum(payload):
        raise SocketError("bad_reply", "bad_reply", "the payload does not match the header")
    if header.get("id") != expected_id:
        raise SocketError("bad_reply", "bad_reply", "the reply answers another request")
    return header, payload


def split_reply(content):
    """Returns the bytes of a reply's header, their meaning, and the payload."""
    if len(content) < 8 or content[:4] != b"GVR1":
        raise SocketError("bad_reply", "bad_reply", "expected GVR1 at the start of the reply")
    (header_length,) = struct.unpack_from("<I", content, 4)
    if header_length > min(LONGEST_HEADER, len(content) - 8):
        raise SocketError("bad_reply", "bad_reply", "the header is longer than the reply")
    text = content[8 : 8 + header_length]
    try:
        header = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise SocketError("bad_reply", "bad_reply", "expected a JSON object as the header of the reply")
    return text, header, content[8 + header_length :]


def read_file(path, longest, is_secret=False):
    """Returns the content of a regular file that another process may have written."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > longest:
            raise OSError(f"expected {path} to be a regular file of at most {longest} bytes")
        if is_secret and (found.st_uid != os.geteuid() or found.st_mode & 0o077):
            raise OSError(f"expected {path} to belong to this user and to have mode 0600")
        return file.read(longest)


class Client:
    """One client. Not thread-safe: create one per thread."""

    def __init__(self, directory=None, capability=None, key=None, server=None):
        """`capability` and `key` are paths of files. `server` is needed if the capability is for several servers."""
        self.capability = None
        if capability is not None:
            from gvpie_capability import Capability

            self.capability = Capability.read(capability, key, server)
        self.directory = directory or os.environ.get("GVPIE_DIR") or "/tmp/gvpie"
        self.name = f"{os.getpid()}-{start_ticks()}-{secrets.token_hex(6)}"
        self.v1 = os.path.join(self.directory, "v1")
        self.replies = os.path.join(self.v1, "out", self.name)
        self.touched = 0.0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def render(self, code, width=None, height=None, background=None, params=None, timeout=10.0):
        """Renders a program. Waits for a server until the timeout (seconds, at most 60).

        Without `width`, `height` or `background`, the program's CANVAS line counts. Of an animation, the picture is
        frame 0. `params` has values (str or int) for the program's parameters, by name.
        """
        request = {"op": "render_program", "code": code, "format": "RGBA"}
        for name, value in (("width", width), ("height", height), ("background", background)):
            if value is not None:
                request[name] = value
        if params:
            request["params"] = params
        return Picture(*self._call(request, timeout))

    def ping(self, timeout=2.0):
        """Returns when the server has answered."""
        self._call({"op": "ping"}, timeout)

    def close(self):
        """Ends the lease."""
        try:
            for name in os.listdir(self.replies):
                os.unlink(os.path.join(self.replies, name))
            os.rmdir(self.replies)
        except OSError:
            pass  # The server removes the directory when the lease ends.

    def _call(self, request, timeout):
        deadline = time.monotonic() + timeout
        while True:
            header, payload = self._try_once(request, deadline)
            if header["status"] == "ok":
                return header, payload
            error = header["error"]
            retry_after = error.get("retryAfterMs", 100) / 1000
            if header["status"] == "busy" and time.monotonic() + retry_after < deadline:
                time.sleep(retry_after)
                continue
            raise SocketError(
                header["status"], error["code"], error["message"], error["diagnostics"], retry_after
            )

    def _try_once(self, request, deadline):
        request_id = new_ulid()
        submitted = head_sha256 = None
        reply = os.path.join(self.replies, f"{request_id}.rep")
        pause = 0.0005
        while time.monotonic() < deadline:
            if self._renew_lease() and submitted is None:
                submitted, head_sha256 = self._submit(request, request_id, deadline)
            try:
                content = self._read_reply(reply)
            except FileNotFoundError:
                time.sleep(pause)
                pause = min(pause * 1.5, 0.01)
                continue
            if self.capability is None:
                return decode_reply(content, request_id)
            return self.capability.decode_reply(content, request_id, head_sha256)
        if submitted is not None:
            try:
                os.unlink(submitted)  # Withdraw it, if no server has claimed it.
            except FileNotFoundError:
                pass
        raise SocketError("timeout", "timeout", f"no reply from {self.directory} before the timeout")

    def _read_reply(self, path):
        """Returns the content of a reply and removes it. Of a file that is not a regular one, returns nothing."""
        try:
            content = read_file(path, LONGEST_REPLY)
        except FileNotFoundError:
            raise
        except OSError:
            content = b""
        try:
            os.unlink(path)
        except OSError:
            pass  # The server removes it after 60 s.
        return content

    def _renew_lease(self):
        """Touches the reply directory, which is the lease. Returns False if no server has created the tree yet."""
        now = time.monotonic()
        try:
            if now - self.touched >= LEASE_TOUCH_S:
                check_directory(self.directory)
                try:
                    os.mkdir(self.replies, 0o700)
                except FileExistsError:
                    os.utime(self.replies)
                self.touched = now
            return True
        except FileNotFoundError:
            return False

    def _submit(self, request, request_id, deadline):
        ttl = max(1, min(60_000, int((deadline - time.monotonic()) * 1000)))
        body = json.dumps({**request, "id": request_id, "ttlMs": ttl}).encode("utf-8")
        head = b""
        if self.capability is not None:
            expires_at = int(time.time() * 1000) + ttl
            head = self.capability.head(body, request_id, self.name, ttl, expires_at)
        name = f"{request_id}.{self.name}.req"
        staged = os.path.join(self.v1, "tmp", name)
        final = os.path.join(self.v1, "new", name)
        try:
            descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:
                file.write(head + body)
            os.rename(staged, final)
            return final, hashlib.sha256(head).hexdigest()
        except FileNotFoundError:
            return None, None


def main(arguments):
    if len(arguments) != 3:
        sys.exit("usage: gvpie_client.py program.pxl picture.pam")
    with open(arguments[1], encoding="utf-8") as file:
        code = file.read()
    try:
        with Client() as client:
            picture = client.render(code)
    except SocketError as error:
        sys.exit(f"{error.code}: {error}")
    header = f"P7\nWIDTH {picture.width}\nHEIGHT {picture.height}\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
    with open(arguments[2], "wb") as file:
        file.write(header.encode("ascii") + picture.data)


if __name__ == "__main__":
    main(sys.argv)
