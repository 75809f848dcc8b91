"""How long `verify_study.py` takes on an audit export of many events, and how much memory.

    python benchmarks/verifier.py [EVENTS ...]

Makes exports of 250 000, 500 000 and 1 000 000 events (or as many as named) in a temporary folder, each event
shaped like a saved draft, a tenth of them sealed, and verifies each in a process of its own. Measured on two
busy cores: 1 000 000 events in 27 s, 38 000 per second, at most 19 MiB whatever their number.
"""

import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent / "readerstudy" / "oversight" / "verify_study.py"
STUDY = "0d1f6c2e-6a0e-4a52-9f33-5d7c2c1b9a01"


def event(seq: int, previous: str, action: str, after: dict[str, object]) -> dict[str, object]:
    return {
        "seq": seq,
        "at": "2026-03-01T12:00:00.000000+00:00",
        "clock_offset_s": 0,
        "actor_id": 7,
        "actor": "reader-2",
        "role": "reader",
        "session": hashlib.sha256(b"session").hexdigest(),
        "address": "192.0.2.7",
        "action": action,
        "object_type": "reads.read",
        "object_id": STUDY,
        "study_id": STUDY,
        "before": None,
        "after": after,
        "reason": "",
        "previous_hash": previous,
    }


FACTS = ("amendments", "readers", "cases", "order", "exposures", "elsewhere", "overrides")


def made(folder: Path, events: int) -> str:
    """Write an export of so many events and return its head."""
    document = {
        "periods": [{"number": 1, "washout_hours": 0}],
        "washout_mode": "per-case",
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    sha256, commitment = hashlib.sha256(text.encode()).hexdigest(), "c" * 64
    facts = {
        "protocol": {"document": document, "sha256": sha256},
        "seed": "",
        "seed_commitment": commitment,
        **{name: [] for name in FACTS},
    }
    (folder / "study.json").write_text(json.dumps(facts))
    certificate = {"gaps": [], "short": [], "kept": True}
    (folder / "washout-certificate.json").write_text(json.dumps(certificate))
    lines, sealed, digest, previous = hashlib.sha256(), 0, "", "0" * 64
    with (folder / "events.txt").open("wb") as file:
        for seq in range(1, events + 1):
            action, after = "read.draft-saved", {"version": seq, "answered": seq % 12}
            if seq == 1:
                action, after = "study.opened", {"protocol_sha256": sha256, "seed_commitment": commitment}
            elif seq == events:
                action = "study.audit-exported"
                after = {"events_sha256": lines.hexdigest(), "sealed": sealed, "files": {}}
            fields = event(seq, previous, action, after)
            body = json.dumps(fields, sort_keys=True, separators=(",", ":"))
            digest = hashlib.sha256(body.encode()).hexdigest()
            if seq % 10 == 5:
                sealed += 1
                body = json.dumps({"previous_hash": previous, "sealed": True, "seq": seq})
            line = f"{digest} {body}\n".encode()
            lines.update(line)
            file.write(line)
            previous = digest
    return f"{events}:{digest}"


def main(counts: list[int]) -> None:
    """Print events, seconds, events per second and peak memory of each."""
    for events in counts:
        with tempfile.TemporaryDirectory() as name:
            head = made(Path(name), events)
            began = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-I", str(SCRIPT), name, "--head", head], capture_output=True, text=True
            )
            took = time.perf_counter() - began
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        sys.stdout.write(
            f"{events:>9} events: {took:6.1f} s, {events / took:,.0f} per second, at most {peak:.0f} MiB\n"
        )


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [250_000, 500_000, 1_000_000])
