"""Loads the web server on this machine with many clients at once and reports rates, delays, statuses and memory.

    python benchmarks/web_load.py [--clients 50] [--seconds 60] [--output benchmarks/results/web_load.json]
    python benchmarks/web_load.py --characters 50000 --output benchmarks/results/web_load_long.json

It starts a server of its own on 127.0.0.1, and stops by itself: after `--seconds` (at most 120), or after
`--requests` (at most 200,000). It exits with 1 where an answer had a status of 500 or more, or none came.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

ROOT = Path(__file__).parents[1]
MOST_CLIENTS, MOST_SECONDS, MOST_REQUESTS = 200, 120.0, 200_000


@dataclass
class Tally:
    """What came back: seconds a path, statuses a path, and connections that broke."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    broken: int = 0
    sent: int = 0


def texts(characters: int | None) -> list[str]:
    """Return the example ads and reviews that were composed for the project, or texts so long made of them."""
    found = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").glob("*.[mt][dx]*"))]
    return found if characters is None else [(text * (characters // len(text) + 1))[:characters] for text in found]


def choose(rng: random.Random, ads: list[str]) -> tuple[str, str, Any]:
    """Return the next request: mostly single texts, some pages and batches, and some that must be refused."""
    text, roll = rng.choice(ads), rng.random()
    if roll < 0.70:
        return "POST", "/score", {"text": text}
    if roll < 0.85:
        return "POST", "/view", {"versions": [{"text": text}, {"text": text.replace("team", "people")}]}
    if roll < 0.90:
        return "POST", "/score/batch", {"texts": rng.sample(ads, 4)}
    if roll < 0.95:
        return "POST", "/score", {"text": "x" * 60_000}
    return "GET", "/healthz", None


async def client(number: int, address: str, ads: list[str], tally: Tally, until: float, most: int) -> None:
    """Send one request after the other until the time or the number is reached."""
    rng = random.Random(number)
    async with httpx.AsyncClient(base_url=address, timeout=60) as line:
        while time.perf_counter() < until and tally.sent < most:
            method, path, body = choose(rng, ads)
            tally.sent += 1
            begun = time.perf_counter()
            try:
                response = await line.request(method, path, json=body)
            except httpx.HTTPError:
                tally.broken += 1
                continue
            tally.statuses[path, response.status_code] += 1
            tally.seconds.setdefault(path, []).append(time.perf_counter() - begun)


async def watch(process: psutil.Process, memory: list[float], until: float) -> None:
    """Note the server's resident memory in MB twice a second."""
    while time.perf_counter() < until:
        memory.append(process.memory_info().rss / 1e6)
        await asyncio.sleep(0.5)


async def load(address: str, process: psutil.Process, options: argparse.Namespace) -> tuple[Tally, list[float]]:
    """Run all clients at once."""
    ads, tally, memory = texts(options.characters), Tally(), [process.memory_info().rss / 1e6]
    until = time.perf_counter() + options.seconds
    clients = [client(n, address, ads, tally, until, options.requests) for n in range(options.clients)]
    await asyncio.gather(*clients, watch(process, memory, until))
    memory.append(process.memory_info().rss / 1e6)
    return tally, memory


def processor(process: psutil.Process) -> float:
    """Return the processor seconds that a process has used."""
    return float(sum(process.cpu_times()[:2]))


def figures(
    tally: Tally, memory: list[float], options: argparse.Namespace, lasted: float, busy: float
) -> dict[str, Any]:
    """Return what was measured as plain data; delays in milliseconds, memory in MB."""
    statuses = {f"{path} {status}": count for (path, status), count in sorted(tally.statuses.items())}
    answered = sum(tally.statuses.values())
    third = max(len(memory) // 3, 1)
    return {
        "clients": options.clients,
        "seconds": round(lasted, 1),
        "characters": options.characters,
        "answered": answered,
        "per_second": round(answered / lasted, 1),
        "statuses": statuses,
        "server_errors": sum(count for (_, status), count in tally.statuses.items() if status >= 500),
        "broken_connections": tally.broken,
        "delay_ms": {path: delays(values) for path, values in sorted(tally.seconds.items())},
        "memory_mb": {
            "before": round(memory[0], 1),
            "peak": round(max(memory), 1),
            "middle_third_mean": round(statistics.fmean(memory[third : 2 * third] or memory), 1),
            "last_third_mean": round(statistics.fmean(memory[2 * third :] or memory), 1),
            "after": round(memory[-1], 1),
        },
        "server_cpu_ms_per_answer": round(1000 * busy / max(answered, 1), 1),
        "machine": {
            "cores": psutil.cpu_count(),
            "load_average_1_min": round(psutil.getloadavg()[0], 1),
            "python": platform.python_version(),
        },
    }


def delays(values: list[float]) -> dict[str, float]:
    """Return median, 95th percentile and maximum in milliseconds."""
    ordered = sorted(values)
    picked = {"p50": len(ordered) // 2, "p95": int(len(ordered) * 0.95), "max": len(ordered) - 1}
    return {name: round(1000 * ordered[min(place, len(ordered) - 1)], 1) for name, place in picked.items()}


def arguments() -> argparse.Namespace:
    """Read the command line; every number is bounded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--requests", type=int, default=MOST_REQUESTS)
    parser.add_argument("--characters", type=int, help="make every text so long; at most 50,000 are taken")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "results" / "web_load.json")
    options = parser.parse_args()
    options.clients = max(1, min(options.clients, MOST_CLIENTS))
    options.seconds = max(1.0, min(options.seconds, MOST_SECONDS))
    options.requests = max(1, min(options.requests, MOST_REQUESTS))
    return options


def main() -> int:
    """Start a server, load it, stop it, print and write the figures."""
    options = arguments()
    command = [sys.executable, "-m", "mvl_classify", "serve", "--port", "0"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        address = server.stderr.readline().split()[1]
        wait(address)
        process = psutil.Process(server.pid)
        begun, used = time.perf_counter(), processor(process)
        tally, memory = asyncio.run(load(address, process, options))
        found = figures(tally, memory, options, time.perf_counter() - begun, processor(process) - used)
    finally:
        server.terminate()
        server.wait(20)
    print(json.dumps(found, indent=1))
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 1 if found["server_errors"] or not found["answered"] else 0


def wait(address: str) -> None:
    """Wait until the server answers, at most 30 s."""
    for _ in range(300):
        try:
            httpx.get(f"{address}/healthz").raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit(f"{address} does not answer")


if __name__ == "__main__":
    sys.exit(main())
