"""clique bench on the slow model of a GPU that two ranks share: the floor is its bus, and nobody is below it by much."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
from harness import check, finish, run, scratch

# MiB a rank sends and receives, and the bus's rate in each direction while the other one works (h200_slow.txt): 55.2 GB/s
# * 0.853 / 27.5. Both ranks' bytes cross one bus.
MIB, RATE = 4, 55.2e9 * 0.853 / 27.5
BUS_US = 2 * MIB * 2**20 / RATE * 1e6

with scratch() as folder:
    file = os.path.join(folder, "b.json")
    done = run(2, "bench", "sendrecv", "--min-bytes", f"{MIB}M", "--max-bytes", f"{MIB}M", "--iterations", 10,
               "--json", file)
    row = json.load(open(file))["rows"][0] if check(done.returncode == 0, "bench", done) else None
if row:
    check(row["wrong"] == 0 and row["floor"] == "bus" and row["staging"] == "slots", f"{row}", done)
    check(0.75 * BUS_US < row["floor_us"] < 1.5 * BUS_US, f"floor {row['floor_us']}, the bus needs {BUS_US}", done)
    median, expert, naive = (row[name]["median"] for name in ("us", "expert_us", "naive_us"))
    check(row["expert"] == "pinned", "the expert pins", done)
    check(row["floor_us"] < 1.1 * median, f"clique {median}, floor {row['floor_us']}", done)
    check(median < expert < naive, f"{median} < {expert} < {naive}", done)
finish()
