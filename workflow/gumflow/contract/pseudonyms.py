"""Pseudonyms: names replaced by keyed codes, the same in every wave and cluster of a study, and not to be undone without its key.

A plain hash does not hide a firm: all registered names can be hashed in seconds. The code is HMAC-SHA256 (Krawczyk, Bellare and
Canetti 1997, RFC 2104) under a key that never leaves the study's restricted folder.
"""

import contextlib
import hashlib
import hmac
import os
import secrets
import stat
import string
import tempfile
from collections.abc import Iterable
from pathlib import Path

from gumflow.contract.errors import GumflowError

KEY_BYTES = 32
CHARACTERS = 10
_ALPHABET = string.ascii_lowercase + "234567"
# A SHA-256 value bears 26 letters once and 32 characters 50 times.
_MOST_CHARACTERS = 50
_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_NEW_KEY = (
    "Put the right key back from your copy. Only if no results exist yet: remove the file, and a new key is made; "
    "all pseudonyms then change."
)


def secret_key(folder: Path) -> bytes:
    """Return the key of a study: 32 bytes, kept as hex in `folder`/key, which the first call makes (folder 0700, file 0600).

    Jobs that make it at once get one key. Raises `GumflowError` where the key is readable by others, damaged, too short, a link or no
    file, and where the file system keeps no access rights.
    """
    path = Path(folder) / "key"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.chmod(folder, 0o700)
        if not os.path.lexists(path):
            _make_key(path)
        return _read_key(path)
    except OSError as error:
        raise GumflowError(
            f"{path}: the key of the pseudonyms cannot be read or made: {error.strerror}. "
            "Give your account the right to write the folder, or set `restricted` in the configuration to another one."
        ) from error


def _make_key(path: Path) -> None:
    """Write a new key whole, unless another job was first."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".key.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o600)
        # A link is made only if nothing is there, like O_EXCL, and is never seen half-written.
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        os.unlink(name)


def _read_key(path: Path) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise GumflowError(f"{path}: the key of the pseudonyms must be a plain file, not a link. {_NEW_KEY}")
    with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        raw = file.read(4096)
    if mode & _OPEN_TO_OTHERS:
        raise GumflowError(_open_to_others(path))
    try:
        key = bytes.fromhex(raw.decode("ascii").strip())
    except ValueError:
        raise GumflowError(
            f"{path}: the key of the pseudonyms is damaged: it is not hexadecimal. {_NEW_KEY}"
        ) from None
    if len(key) < KEY_BYTES:
        raise GumflowError(
            f"{path}: the key of the pseudonyms is too short: {len(key)} bytes, {KEY_BYTES} needed. {_NEW_KEY}"
        )
    if len(set(key)) < KEY_BYTES // 4:
        raise GumflowError(f"{path}: the key of the pseudonyms is not random. {_NEW_KEY}")
    return key


def _open_to_others(path: Path) -> str:
    """Say how to close a key that others can read; a file system that keeps no access rights shows when a new file is open too."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".rights.") as trial:
        os.chmod(trial.name, 0o600)
        keeps = not os.stat(trial.name).st_mode & _OPEN_TO_OTHERS
    if keeps:
        return (
            f"{path}: other accounts can read the key of the pseudonyms. Close it with: chmod 600 {path}. "
            "If others may have read it, what was published under its pseudonyms is no longer confidential."
        )
    return (
        f"{path}: this file system keeps no access rights, so the key would be open to others. "
        "Set `restricted` in the configuration to a folder on a file system that keeps them."
    )


def pseudonym(key: bytes, domain: str, name: str, characters: int = CHARACTERS) -> str:
    """Return the pseudonym of a name: a lower-case letter, then letters and the digits 2-7 (base 32), 10 characters in all.

    `domain` says what is named, such as `gumflow:actor:demo`: the same name has unrelated pseudonyms in two domains.
    """
    if len(key) < KEY_BYTES:
        raise GumflowError(f"The key of the pseudonyms has {len(key)} bytes; {KEY_BYTES} are needed.")
    # The length before the domain keeps ("ab", "c") and ("a", "bc") apart.
    scope = domain.encode("utf-8")
    message = len(scope).to_bytes(4, "big") + scope + name.encode("utf-8", "surrogatepass")
    number = int.from_bytes(hmac.new(key, message, hashlib.sha256).digest(), "big")
    number, first = divmod(number, len(string.ascii_lowercase))
    out = [_ALPHABET[first]]
    for _ in range(min(characters, _MOST_CHARACTERS) - 1):
        number, digit = divmod(number, len(_ALPHABET))
        out.append(_ALPHABET[digit])
    return "".join(out)


def pseudonyms(key: bytes, domain: str, names: Iterable[str], characters: int = CHARACTERS) -> dict[str, str]:
    """Return the pseudonym of each name; if two names share one, all of the domain get more characters until none do.

    Does not depend on the order of the names. 5,000 names collide at 10 characters with a chance of about 1 in 10^8.
    """
    distinct = sorted(set(names))
    for length in range(characters, _MOST_CHARACTERS + 1):
        found = {name: pseudonym(key, domain, name, length) for name in distinct}
        if len(set(found.values())) == len(distinct):
            return found
    raise GumflowError(f"{domain}: two names have one pseudonym at every length; make a new key.")
