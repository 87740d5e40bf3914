"""clique info: a row per rank, as a table and as JSON of a fixed schema."""
import json

from harness import check, finish, run

FIELDS = {"rank": int, "size": int, "node_rank": int, "node_size": int, "host": str, "platform": str, "device": str,
          "vendor": str, "type": str, "opencl": str, "opencl_c": str, "driver": str, "memory": int,
          "max_allocation": int, "compute_units": int, "fp64": bool, "fp16": bool, "host_unified": bool,
          "staging": str, "staging_reason": str, "buffers": str, "buffers_reason": str, "staging_used": int, "staging_peak": int, "staging_limit": int,
          "transport": str, "transport_reason": str, "mpi": str}

for ranks in 1, 4:
    shown = run(ranks, "info", "--json")
    if not check(shown.returncode == 0, f"--json on {ranks}", shown):
        continue
    document = json.loads(shown.stdout)
    check(list(document) == ["schema", "ranks", "rows"] and document["schema"] == 1, "document", shown)
    check(document["ranks"] == ranks and len(document["rows"]) == ranks, "a row per rank", shown)
    for rank, row in enumerate(document["rows"]):
        check({
name: type(value) for name, value in row.items()} == FIELDS, f"fields of rank {rank}", shown)
        check((row["rank"], row["size"], row["node_size"]) == (rank, ranks, ranks), f"place of rank {rank}", shown)
        check(row["staging"] in ("direct", "host", "mapped", "slots") and row["staging_reason"], "staging and why", shown)
        check(row["buffers"] in ("host", "mapped", "slots") and row["buffers_reason"], "buffers and why", shown)
        check(row["staging_used"] == 0 and row["staging_peak"] <= row["staging_limit"] > 0, "staging memory", shown)
        check(row["transport"] == ("shm" if ranks > 1 else "none"), "transport", shown)
        check(row["memory"] > 0 and row["compute_units"] > 0 and row["opencl"].startswith("OpenCL "), "device", shown)

table = run(3, "info")
check(table.returncode == 0, "table", table)
lines = table.stdout.splitlines()
check(lines and lines[0].split()[:4] == ["rank", "host", "platform", "device"], "titles", table)
check([line.split()[0] for line in lines[1:4]] == ["0", "1", "2"], "a line per rank", table)
column = lines[0].index("transport")
check(all(line[column:] == "shm" for line in lines[1:4]), "columns are aligned", table)
check(any(line.startswith("staging: ") for line in lines), "why the staging", table)
check(any(line.startswith("transport: all ranks map") and "memfd" in line for line in lines), "why the transport", table)
check(any(line.startswith("MPI: ") for line in lines), "MPI library", table)

algorithms = run(2, "info", "--algorithms", "--json")
rows = json.loads(algorithms.stdout)["rows"] if check(algorithms.returncode == 0, "--algorithms", algorithms) else []
pairs = [(row["collective"], row["algorithm"]) for row in rows]
check(len(pairs) == len(set(pairs)) and {("alltoall", "pull"), ("allreduce", "slices")} <= set(pairs), f"{pairs}")
table = run(1, "info", "--algorithms", launcher=False)
check([tuple(line.split()[:2]) for line in table.stdout.splitlines()[1:]] == pairs, "the same as a table", table)

for ranks, environment, far in (3, {"CLIQUE_PROCESS_READS": "0"}, "shm"), (3, {"CLIQUE_TRANSPORT": "mpi"}, "mpi"):
    ways = run(ranks, "info", "--ways", "--json", environment=environment)
    rows = json.loads(ways.stdout)["rows"] if check(ways.returncode == 0, "--ways", ways) else []
    check([(row["from"], row["to"]) for row in rows] == [(i, j) for i in range(ranks) for j in range(ranks)], "pairs", ways)
    check(all(row["way"] == ("self" if row["from"] == row["to"] else far) and row["why"] for row in rows), far, ways)
    table = run(ranks, "info", "--ways", environment=environment)
    lines = table.stdout.splitlines()
    check(lines[1].split() == ["0", "self", far, far] and lines[3].split() == ["2", far, far, "self"], "matrix", table)
    check(any(line.startswith(far + ": ") and line.endswith("(0-1, 0-2, 1-2)") for line in lines), "why", table)
check("not shm: " in ways.stdout and "CLIQUE_TRANSPORT=mpi" in ways.stdout, "why not shared memory", ways)

ways = run(2, "info", "--ways")
check("process: as by shm" in ways.stdout or "not process: they may not read" in ways.stdout, "each other's processes", ways)

alone = run(1, "info", launcher=False)
check(alone.returncode == 0 and alone.stdout.splitlines()[1].split()[0] == "0", "outside mpiexec", alone)

full = run(1, "info", launcher=False, stdout="/dev/full")
check(full.returncode == 1 and "cannot write to standard output" in full.stderr, "a full disk is noticed", full)

finish()
