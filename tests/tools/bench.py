"""clique bench: right results, the same numbers in the table, the JSON and the CSV, and the sizes asked for."""
import csv
import json
import os

from harness import check, complaints, finish, run, scratch

TIMES = ["p5", "median", "p95"]
ROW = {"collective": str, "type": str, "op": str, "bytes": int, "form": str, "buffers": str, "staging": str,
       "transport": str, "algorithm": str, "iterations": int, "us": dict, "naive_us": dict, "expert": str,
       "expert_us": dict, "mpi_us": dict, "floor": str, "floor_us": float, "algbw": float, "busbw": float, "wrong": int}
FLAT = [name for field, kind in ROW.items()
        for name in ([f"{field}_{part}" for part in TIMES] if kind is dict else [field])]


def bench(ranks, *arguments, **options):
    with scratch() as folder:
        files = os.path.join(folder, "b.json"), os.path.join(folder, "b.csv")
        done = run(ranks, "bench", *arguments, "--json", files[0], "--csv", files[1], **options)
        if not check(done.returncode == 0, f"bench {arguments} on {ranks}", done):
            return done, {"rows": []}, []
        with open(files[0]) as document, open(files[1], newline="") as table:
            return done, json.load(document), list(csv.reader(table))


# busbw / algbw, as nccl-tests have it.
def bus(collective, ranks):
    if collective in ("alltoall", "alltoallv", "allgather", "scatter", "gather", "reduce_scatter_block"):
        return (ranks - 1) / ranks
    return 2 * (ranks - 1) / ranks if collective == "allreduce" else 1


REDUCTIONS = ["allreduce", "reduce", "reduce_scatter_block", "scan", "exscan"]
ALL = ["alltoall", "alltoallv", "allgather", "bcast", "scatter", "gather", "sendrecv", "barrier"] + REDUCTIONS

for ranks, arguments, collectives, wanted in [
        (2, ["--min-bytes", "8", "--max-bytes", "8K", "--factor", "32"], ["alltoall"], [8, 256, 8192]),
        (3, ["alltoall", "alltoallv", "--min-bytes", "12K", "--max-bytes", "12K", "--type", "int16", "--iterations", "3"],
         ["alltoall", "alltoallv"], [12288]),
        (1, ["alltoallv", "--min-bytes", "1M", "--max-bytes", "1M", "--type", "complex64"], ["alltoallv"], [1 << 20]),
        (4, ["alltoall", "alltoallv", "--min-bytes", "4", "--max-bytes", "64", "--type", "float32", "--iterations", "2"],
         ["alltoall", "alltoallv"], None),
        (3, ["--all", "--min-bytes", "8", "--max-bytes", "48K", "--factor", "6000", "--iterations", "2"], ALL, None),
        (2, ["allreduce", "exscan", "--type", "int64", "--op", "max", "--max-bytes", "8"], ["allreduce", "exscan"],
         None),
        (2, ["--all", "--min-bytes", "20K", "--max-bytes", "20K", "--forms", "nonblocking,persistent,blocking",
             "--buffers", "user,array", "--latency", "--iterations", "2"], ALL, None),
        (2, ["reduce", "--type", "half", "--op", "mean", "--max-bytes", "8"], ["reduce"], None)]:
    done, document, table = bench(ranks, *arguments)
    rows = document["rows"]
    check(document.get("schema") == 2 and document.get("ranks") == ranks and document.get("nodes") == 1, "head", done)
    check(len(document.get("devices", [])) == ranks and document.get("mpi"), "devices and MPI", done)
    check(document["threads"] in done.stdout and "MPI_THREAD_" in document["threads"], "the level of threads", done)
    check(document["latency"] == ("--latency" in arguments) == ("latency: the ranks meet" in done.stdout), "mode", done)
    forms, buffers = ((arguments[arguments.index(option) + 1] if option in arguments else default).split(",")
                      for option, default in (("--forms", "blocking"), ("--buffers", "array")))
    variants = [(form, buffer) for form in forms for buffer in buffers]
    check([(row["form"], row["buffers"]) for row in rows] == variants * (len(rows) // len(variants)), "variants", done)
    check(list(dict.fromkeys(row["collective"] for row in rows)) == collectives, "collectives", done)
    for collective in collectives:
        sizes = [row["bytes"] for row in rows if row["collective"] == collective][::len(variants)]
        check(sizes == sorted(set(sizes)) and sizes, f"sizes of {collective} grow: {sizes}", done)
        if wanted and collective == "alltoall":
            check(sizes == wanted, f"sizes {sizes}, not {wanted}", done)
    for row in rows:
        check({name: type(value) for name, value in row.items()} == ROW, f"fields: {row}", done)
        us = row["us"]
        for times in us, row["naive_us"], row["expert_us"], row["mpi_us"]:
            # What this MPI library does not have is null: half, of the reductions.
            lacks = times is not us and row["type"] == "half" and list(times.values()) == [None] * 3
            check(list(times) == TIMES and (lacks or 0 < times["p5"] <= times["median"] <= times["p95"]), "times", done)
        reduces = row["collective"] in REDUCTIONS
        floor = row["floor"] == ("combine" if reduces else "memcpy") and row["floor_us"] >= 0
        check(floor and row["expert"] == "map", "floor and expert", done)
        op = arguments[arguments.index("--op") + 1] if "--op" in arguments else "sum"
        check(row["wrong"] == 0 and row["op"] == (op if reduces else "") and row["algorithm"], "right", done)
        check(row["collective"] != "barrier" or row["bytes"] == 0, "a barrier has no bytes", done)
        check(abs(row["algbw"] - row["bytes"] / us["median"] / 1e3) <= 1e-6 * row["algbw"], "algbw", done)
        wanted_bus = row["algbw"] * bus(row["collective"], ranks)
        check(abs(row["busbw"] - wanted_bus) <= 1e-6 * row["algbw"], "busbw", done)
        if "--iterations" in arguments:
            check(row["iterations"] == int(arguments[-1]), "iterations", done)
    check(table and table[0] == FLAT and len(table) == len(rows) + 1, "CSV columns", done)
    for line, row in zip(table[1:], rows):
        check((line[0], line[3], line[-1]) == (row["collective"], str(row["bytes"]), "0"), "CSV row", done)
    shown = [line.split() for line in done.stdout.splitlines() if line.split()[0].isdigit()]
    check([(line[0], line[-1]) for line in shown] == [(str(row["bytes"]), "0") for row in rows], "table", done)
    said = 1 if "half" in arguments else 0
    check("\r" not in done.stdout + done.stderr and len(complaints(done)) == said, "no progress bar in a pipe", done)

for option, value in ("--forms", "blocking,eager"), ("--buffers", "svm"):
    unknown = run(1, "bench", option, value)
    check(unknown.returncode == 2 and option in unknown.stderr, f"{option} {value}", unknown)

unfit = run(2, "bench", "allreduce", "--op", "band")
check(unfit.returncode == 1 and "--op band does not fit float32; these do: sum" in unfit.stderr, "op and type", unfit)

nowhere = run(2, "bench", "--max-bytes", "8", "--json", "/no/such/folder/b.json")
check(nowhere.returncode == 1 and len(complaints(nowhere)) == 1, "a file that cannot be written", nowhere)

finish()
