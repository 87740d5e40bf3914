"""clique bench --check-only: on the ranks of a job, on combinations that it starts itself, and that it notices what is
wrong."""
import json
import os
import re
import time

from harness import MPIEXEC, check, complaints, finish, run, scratch

SUBJECTS = ["barrier", "bcast", "scatter", "scatterv", "gather", "gatherv", "allgather", "allgatherv", "alltoall",
            "alltoallv", "alltoallw", "reduce", "allreduce", "reduce_scatter", "reduce_scatter_block", "scan", "exscan",
            "neighbor_allgather", "neighbor_allgatherv", "neighbor_alltoall", "neighbor_alltoallv",
            "neighbor_alltoallw", "send", "recv", "sendrecv", "sendrecv_replace", "group"]


def verdict(process):
    found = re.search(r"^cases (\d+), wrong (\d+)$", process.stdout, re.MULTILINE)
    return (int(found[1]), int(found[2])) if found else (0, -1)


MARK = f"{os.getpid()}.{time.time()}"


def left_behind():
    """Processes with the mark in their environment, once those that were just killed have had a moment to go."""
    for _ in range(30):
        left = []
        for process in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{process}/environ", "rb") as file:
                    if f"TOOLS_TEST_MARK={MARK}".encode() in file.read().split(b"\0"):
                        left.append(int(process))
            except OSError:
                pass
        if not left:
            break
        time.sleep(0.1)
    return left


# On a job's own ranks: a line for each subject, and all of them right. Slices are parts of the whole.
for ranks in 2, 3:
    with scratch() as folder:
        file = os.path.join(folder, "c.json")
        done = run(ranks, "bench", "--all", "--check-only", "--slice", f"{ranks}/21", "--json", file)
        if not check(done.returncode == 0, f"a slice on {ranks}", done):
            continue
        with open(file) as text:
            document = json.load(text)
    rows = document["rows"]
    check([row["collective"] for row in rows] == SUBJECTS, "subjects", done)
    check([line.split()[0] for line in done.stdout.splitlines()[:len(SUBJECTS)]] == SUBJECTS, "lines", done)
    check(all(row["cases"] > 0 and row["wrong"] == 0 for row in rows), "each has cases", done)
    check((document["ranks"], document["cases"]) == (ranks, sum(row["cases"] for row in rows)), "sum", done)
    check(verdict(done) == (document["cases"], 0) and not complaints(done), "verdict", done)

whole = verdict(run(1, "bench", "bcast", "scan", "--check-only"))
parts = [verdict(run(1, "bench", "bcast", "scan", "--check-only", "--slice", f"{k}/3")) for k in range(3)]
check(whole[0] > 500 and sum(cases for cases, _ in parts) == whole[0], f"{parts} make up {whole}")
check(whole[1] == 0 and all(wrong == 0 for _, wrong in parts), "right on one rank")

# One bit in every third result on the last rank: exactly those are found, and the exit code says so.
spoiled = run(2, "bench", "allgather", "allreduce", "sendrecv", "--check-only", "--slice", "1/8", "--spoil-every", "3")
cases, wrong = verdict(spoiled)
check(spoiled.returncode != 0 and cases > 30 and wrong == cases // 3, f"{wrong} of {cases} were spoiled", spoiled)
check(any("wrong on rank 1, case" in line for line in complaints(spoiled)), "where", spoiled)

# Without mpiexec: a job for each combination.
with scratch() as folder:
    file = os.path.join(folder, "c.json")
    done = run(1, "bench", "--all", "--check-only", "--slice", "0/200", "--ranks", "1,2", "--staging", "direct,slots",
               "--transport", "shm,mpi", "--launcher", MPIEXEC, "--json", file, launcher=False)
    if check(done.returncode == 0, "combinations", done):
        with open(file) as text:
            document = json.load(text)
        combinations = [(row["ranks"], row["staging"], row["transport"]) for row in document["rows"]]
        check(combinations == [(1, "direct", "auto"), (1, "slots", "auto"), (2, "direct", "shm"), (2, "direct", "mpi"),
                               (2, "slots", "shm"), (2, "slots", "mpi")], f"{combinations}", done)
        check(all(row["passed"] and row["cases"] > 20 for row in document["rows"]), "all passed", done)
        check(verdict(done) == (sum(row["cases"] for row in document["rows"]), 0), "total", done)

spoiled = run(1, "bench", "bcast", "--check-only", "--ranks", "2", "--staging", "direct", "--transport", "shm",
              "--spoil-every", "10", "--launcher", MPIEXEC, launcher=False)
check(spoiled.returncode == 1 and verdict(spoiled) == (133, 13), "spoiled in a job of its own", spoiled)
check("FAILED" in spoiled.stdout and "wrong on rank 1, case" in spoiled.stdout, "what went wrong is shown", spoiled)

# A job that takes too long is ended, with all that it started.
begun = time.monotonic()
late = run(1, "bench", "--all", "--check-only", "--ranks", "3", "--staging", "direct", "--transport", "shm",
           "--time-limit", "1", "--launcher", MPIEXEC, launcher=False, environment={"TOOLS_TEST_MARK": MARK})
check(late.returncode == 1 and "not done within 1 s" in late.stdout, "the time limit", late)
check(not left_behind(), "nothing is left of it", late)
check(time.monotonic() - begun < 20, f"ended after {time.monotonic() - begun:.0f} s", late)

for arguments, message in [(["--check-only"], "--all"), (["--all", "--check-only", "--slice", "3/3"], "not a slice"),
                           (["nothing", "--check-only"], "nothing is none of"),
                           (["bcast", "--check-only", "--here", "--ranks", "2"], "--ranks")]:
    refused = run(1, "bench", *arguments, launcher=False)
    check(refused.returncode == 2 and message in refused.stderr, f"{arguments}", refused)
nowhere = run(1, "bench", "bcast", "--check-only", "--launcher", "/no/such/launcher", launcher=False)
check(nowhere.returncode == 1 and "/no/such/launcher" in nowhere.stderr, "a launcher that is not there", nowhere)

finish()
