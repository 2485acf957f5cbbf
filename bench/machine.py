"""What a measurement was made on."""
import os
import platform
from pathlib import Path


def processors() -> str:
    """How many processors of which kind this machine has."""
    told = Path("/proc/cpuinfo")
    found = [line.partition(":")[2].strip() for line in told.read_text().splitlines()
             if line.startswith("model name")] if told.exists() else []
    return f"{os.cpu_count()} x {found[0] if found else platform.machine()}"
