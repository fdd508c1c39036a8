"""Pseudonyms: the key and its file, what names become, collisions."""

import base64
import hashlib
import hmac
import os
import re
import stat
import threading

import pytest

from gumflow.contract import pseudonyms as module
from gumflow.contract.errors import GumflowError
from gumflow.contract.pseudonyms import pseudonym, pseudonyms, secret_key

KEY = bytes(range(32))


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_the_first_call_makes_a_private_key_and_later_calls_read_it(tmp_path):
    folder = tmp_path / "restricted" / "demo"
    key = secret_key(folder)
    assert len(key) == 32
    assert mode(folder) == 0o700
    assert mode(folder / "key") == 0o600
    assert (folder / "key").read_text() == key.hex() + "\n"
    assert [p.name for p in folder.iterdir()] == ["key"]
    assert secret_key(folder) == key
    assert secret_key(tmp_path / "other") != key


def test_jobs_at_once_get_one_key(tmp_path):
    start, keys = threading.Barrier(12), []

    def job():
        start.wait()
        keys.append(secret_key(tmp_path / "study"))

    threads = [threading.Thread(target=job) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 12
    assert len(set(keys)) == 1
    assert [p.name for p in (tmp_path / "study").iterdir()] == ["key"]


def test_a_folder_open_to_others_is_closed(tmp_path):
    tmp_path.joinpath("study").mkdir(mode=0o755)
    secret_key(tmp_path / "study")
    assert mode(tmp_path / "study") == 0o700


def test_a_key_readable_by_others_is_refused_with_the_remedy(tmp_path):
    secret_key(tmp_path)
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(GumflowError, match="chmod 600"):
        secret_key(tmp_path)
    assert mode(tmp_path / "key") == 0o640


def test_a_file_system_without_access_rights_is_named(tmp_path, monkeypatch):
    secret_key(tmp_path)
    (tmp_path / "key").chmod(0o644)
    monkeypatch.setattr(module, "_OPEN_TO_OTHERS", stat.S_IRWXU | stat.S_IRWXG | stat.S_IRWXO)
    with pytest.raises(GumflowError, match="keeps no access rights"):
        secret_key(tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "too short"),
        (b"ab" * 16, "too short"),
        (b"xy" * 32, "damaged"),
        (b"\xff\xfe" * 40, "damaged"),
        (b"abc", "damaged"),
        (b"00" * 32, "not random"),
    ],
)
def test_a_damaged_key_is_refused_and_stays_as_it_is(tmp_path, content, said):
    (tmp_path / "key").write_bytes(content)
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(GumflowError, match=said):
        secret_key(tmp_path)
    assert (tmp_path / "key").read_bytes() == content


def test_a_link_or_a_folder_in_place_of_the_key_is_refused(tmp_path):
    secret_key(tmp_path / "one")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "key").symlink_to(tmp_path / "one" / "key")
    (tmp_path / "three" / "key").mkdir(parents=True)
    (tmp_path / "four").mkdir()
    (tmp_path / "four" / "key").symlink_to(tmp_path / "nowhere")
    for folder in ("two", "three", "four"):
        with pytest.raises(GumflowError, match="plain file"):
            secret_key(tmp_path / folder)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(GumflowError, match="restricted"):
        secret_key(tmp_path / "file" / "study")


def test_a_pseudonym_is_ten_characters_and_begins_with_a_letter():
    codes = {pseudonym(KEY, "gumflow:actor:demo", f"firm {i}") for i in range(2000)}
    assert len(codes) == 2000
    assert all(re.fullmatch("[a-z][a-z2-7]{9}", c) for c in codes)
    # All letters begin some of them: nothing of the value is thrown away.
    assert len({c[0] for c in codes}) == 26


def test_a_pseudonym_rests_on_hmac_sha256_of_domain_and_name():
    """Undo the code to the number it stands for, and compare with the value of the standard library."""
    domain, name = "gumflow:actor:demo", "甲厂"
    long = pseudonym(KEY, domain, name, characters=50)
    number = 0
    for character in reversed(long[1:]):
        number = number * 32 + "abcdefghijklmnopqrstuvwxyz234567".index(character)
    number = number * 26 + "abcdefghijklmnopqrstuvwxyz".index(long[0])
    message = b"\0\0\0\x12" + domain.encode() + name.encode()
    digest = int.from_bytes(hmac.digest(KEY, message, hashlib.sha256), "big")
    assert number == digest % (26 * 32**49)
    assert set(long) <= set(base64.b32encode(bytes(range(256))).decode().lower())


def test_pseudonyms_of_two_domains_studies_keys_or_names_are_unrelated():
    one = pseudonym(KEY, "gumflow:actor:demo", "acme")
    assert one == pseudonym(KEY, "gumflow:actor:demo", "acme")
    assert one != pseudonym(KEY, "gumflow:actor:other", "acme")
    assert one != pseudonym(KEY, "gumflow:respondent:demo", "acme")
    assert one != pseudonym(bytes(32), "gumflow:actor:demo", "acme")
    assert pseudonym(KEY, "ab", "c") != pseudonym(KEY, "a", "bc")


def test_a_short_key_is_refused():
    with pytest.raises(GumflowError, match="32"):
        pseudonym(b"secret", "d", "acme")


def test_names_that_collide_make_all_codes_of_the_domain_longer():
    names = [f"firm {i}" for i in range(60)]
    short = [pseudonym(KEY, "d", n, 2) for n in names]
    assert len(set(short)) < len(names)
    found = pseudonyms(KEY, "d", names, characters=2)
    lengths = {len(c) for c in found.values()}
    assert len(set(found.values())) == len(names)
    assert len(lengths) == 1
    length = lengths.pop()
    # The shortest length at which no two are alike.
    assert len({pseudonym(KEY, "d", n, length - 1) for n in names}) < len(names)
    assert found == pseudonyms(KEY, "d", reversed(names), characters=2)


def test_each_name_has_the_code_that_it_has_alone():
    found = pseudonyms(KEY, "d", ["acme", "bolt", "acme"])
    assert found == {n: pseudonym(KEY, "d", n) for n in ("acme", "bolt")}
