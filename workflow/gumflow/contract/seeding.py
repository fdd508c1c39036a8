"""Seeds by purpose: a stream depends on what it is for and on the configured seed, never on the order or number of jobs."""

import hashlib


def seed_for(base: int, *purpose: str) -> int:
    """Return a 63-bit seed for a purpose, such as `seed_for(2009, "alpha", "zhejiang", "trust_norms")`."""
    text = "\x1f".join((str(base), *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
