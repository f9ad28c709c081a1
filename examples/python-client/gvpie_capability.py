"""Capabilities for gvpie_client.py: requests with a proof, and replies with a signature.

Needs the package `cryptography`. docs/file-socket.md, "Requests with a capability", specifies both.
"""

import base64
import hashlib
import json
import re
import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from gvpie_client import SocketError, read_file, split_reply

LONGEST_CAPABILITY = 8192
LONGEST_KEY = 4096
BEFORE_SIGNATURE = b',"signature":"'
SIGNATURE = re.compile(rb',"signature":"([A-Za-z0-9_-]{86})"}')
TAIL_LENGTH = len(BEFORE_SIGNATURE) + 86 + len(b'"}')


def to_base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text):
    """Raises ValueError unless the text is the one that `to_base64url` returns for some bytes."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if to_base64url(data) != text:
        raise ValueError("expected base64url without padding")
    return data


def thumbprint_of(x):
    """Returns the RFC 7638 thumbprint of the Ed25519 key `x` (base64url)."""
    text = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": x}, separators=(",", ":"))
    return to_base64url(hashlib.sha256(text.encode("utf-8")).digest())


class Capability:
    """A capability with the private key of its last block. It signs requests, and knows whose replies it accepts."""

    def __init__(self, text, jwk, server=None):
        """`jwk` is the private key as a dictionary. `server` is needed if the capability is for several servers."""
        self.text = text
        try:
            blocks = [json.loads(from_base64url(block.split(".")[1])) for block in text.split("~")]
            last = blocks[-1]["cnf"]["jwk"]["x"]
            audiences = [block["limits"]["audience"] for block in blocks if "audience" in block["limits"]]
            servers = [name for name in audiences[0] if all(name in audience for audience in audiences)]
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise bad_capability("expected blocks of a capability with an audience, got another text") from error
        try:
            self._key = Ed25519PrivateKey.from_private_bytes(from_base64url(jwk["d"]))
        except (ValueError, LookupError, TypeError) as error:
            raise bad_capability("expected an Ed25519 private key as a JSON Web Key") from error
        public = to_base64url(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
        if public != last:
            wanted, found = thumbprint_of(last), thumbprint_of(public)
            raise bad_capability(f"expected the private key of {wanted}, as the last block says, got that of {found}")
        if server is None and len(servers) != 1:
            raise bad_capability(f"expected `server` to be one of {servers}, got nothing")
        self.server = servers[0] if server is None else server
        if self.server not in servers:
            raise bad_capability(f"expected `server` to be one of {servers}, got {server}")

    @classmethod
    def read(cls, path, key_path, server=None):
        """Reads the files of the capability and of its key."""
        text = read_file(path, LONGEST_CAPABILITY + 1).decode("latin-1").removesuffix("\n")
        try:
            key = json.loads(read_file(key_path, LONGEST_KEY, is_secret=True))
        except (ValueError, RecursionError) as error:
            raise bad_capability(f"expected JSON in {key_path}") from error
        return cls(text, key, server)

    def head(self, body, request_id, client, ttl, expires_at):
        """Returns the head of a request file. `expires_at` is in milliseconds since 1970."""
        fields = {
            "capability": self.text,
            "audience": self.server,
            "id": request_id,
            "client": client,
            "ttlMs": ttl,
            "expiresAt": expires_at,
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        text = json.dumps(fields, separators=(",", ":"))[:-1].encode("utf-8")
        signature = to_base64url(self._key.sign(b"GVQ1" + text)).encode("ascii")
        header = text + BEFORE_SIGNATURE + signature + b'"}'
        return b"GVQ1" + struct.pack("<I", len(header)) + header

    def decode_reply(self, content, expected_id, request_sha256):
        """Decodes a reply that the server must have signed for the request whose head has this SHA-256.

        The caller gets the bytes that were checked; the file may have changed since.
        """
        try:
            text, header, payload = split_reply(content)
        except SocketError as error:
            raise untrusted(str(error)) from error
        key = header.get("serverKey")
        if not isinstance(key, str) or not isinstance(header.get("signature"), str):
            error = header.get("error")
            said = f"; it says: {str(error.get('message'))[:256]!r}" if isinstance(error, dict) else ""
            raise untrusted(f"expected a signed reply, got one without a signature{said}")
        if thumbprint_of(key) != self.server:
            raise untrusted(f"expected the server {self.server}, got {thumbprint_of(key)}")
        self._check_signature(key, text.rstrip(b" "))
        if header.get("id") != expected_id or header.get("requestSha256") != request_sha256:
            raise untrusted(f"expected the reply to {expected_id}, got one to another request")
        if header.get("bytes") != len(payload) or header.get("payloadSha256") != hashlib.sha256(payload).hexdigest():
            raise untrusted("expected the pixels that the server signed, got others")
        return header, payload

    def _check_signature(self, key, text):
        signed, tail = text[:-TAIL_LENGTH], text[-TAIL_LENGTH:]
        match = SIGNATURE.fullmatch(tail)
        try:
            public = Ed25519PublicKey.from_public_bytes(from_base64url(key))
            signature = from_base64url(match.group(1).decode("ascii")) if match else b""
            public.verify(signature, b"GVR1" + signed)
        except (ValueError, InvalidSignature) as error:
            raise untrusted("expected the server's signature of the header, got another") from error


def untrusted(message):
    return SocketError("untrusted_reply", "untrusted_reply", f"the reply is not trusted: {message}")


def bad_capability(message):
    return SocketError("bad_capability", "bad_capability", f"the capability: {message}")
