# SPDX-License-Identifier: Apache-2.0
"""Blocks as bytes, by src/ledger/block_layout.h. Written without the code of the branches, so that
a mistake in theirs does not hide itself; and what is wrong is encoded as readily as what is right.
"""

import hashlib
import struct

FORMAT = 0x314b4250  # "PBK1"
KINDS = {"deposit": 1, "withdrawal": 2, "grant": 3, "release": 4}
NOTHING = bytes(32)  # what stands before the first block of a log

HEADER = struct.Struct("<IIIIQQQQIIII32s")
DEPENDENCY = struct.Struct("<IIQQ")
ROW = struct.Struct("<BBHIIIQQQIIQQ")
REQUEST = struct.Struct("<IIQQQ")

# Where fields of the header lie, in bytes.
FORMAT_AT, ENTRIES_AT, DEPENDENCIES_AT, REQUESTS_AT, LABELS_AT, RESERVED_AT = 0, 4, 48, 52, 56, 60


def row(kind, amount, account=1, other=(0, 0), stamp_offset=0, request=None):
    """One entry. `other` is the origin that a grant or release names, `request` what it answers:
    a RequestId."""
    return {"kind": kind, "amount": amount, "account": account, "other": other,
            "stamp_offset": stamp_offset, "request": request}


def block(origin, process, first, rows, stamp=1, previous=NOTHING, dependencies=()):
    """`origin` is (branch, incarnation), `process` (counter, nonce), `dependencies` are (branch,
    incarnation, sequence, tag)."""
    requests = [entry["request"] for entry in rows if entry["request"]]
    out = HEADER.pack(FORMAT, len(rows), *origin, *process, first, stamp, len(dependencies),
                      len(requests), 0, 0, previous)
    out += b"".join(DEPENDENCY.pack(*needed) for needed in dependencies)
    answered = 0
    for entry in rows:
        answered += entry["request"] is not None
        branch, incarnation = entry["other"]
        out += ROW.pack(KINDS[entry["kind"]], 0, 0, entry["stamp_offset"],
                        answered if entry["request"] else 0, 0, entry["account"],
                        entry["amount"] % 2**64, incarnation << 32 | branch, 0, 0, 0, 0)
    for request in requests:
        out += REQUEST.pack(origin[0], 0, request.customer, request.session, request.number)
    return out


def end(words):
    """The branch and the incarnation of a block, and the sequence of its last entry."""
    _, entries, branch, incarnation, _, _, first, *_ = HEADER.unpack_from(words)
    return branch, incarnation, first + entries - 1


def digest(words):
    return hashlib.sha256(words).digest()


def tag(digest_of_block):
    return int.from_bytes(digest_of_block[:8], "big")


def flipped(words, at, bit=0):
    """With one bit turned over in the byte `at`."""
    return words[:at] + bytes([words[at] ^ 1 << bit]) + words[at + 1:]
