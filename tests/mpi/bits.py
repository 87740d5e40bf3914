"""Reductions give the same bits, whatever runs them: clique_bits_tests in many jobs, whose checksums must be equal.

    bits.py --launcher MPIEXEC --program CLIQUE_BITS_TESTS [--all] RANKS...

For each number of ranks: every algorithm that fits against stagings, transports, segment sizes and places of reduction,
so that every two of them meet (--all: each with each; for integers, which any order suits, each algorithm once); those
that do not fit must be refused. What fits, the program tells from the library's table. A job has one algorithm for each
collective.
"""
import argparse
import itertools
import os
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STAGINGS = ("direct", "host", "mapped", "slots")
TRANSPORTS = ("shm", "mpi")
PLACES = ("host", "kernel")
SEGMENTS = (4096, 1000)


def run(options, ranks, environment, *arguments):
    """The lines that one job printed, or None if it failed, which has then been said."""
    command = [os.path.join(TESTS, "mpiexec"), "--launcher", options.launcher, "--timeout", "120", str(ranks),
               options.program, *arguments]
    done = subprocess.run(command, env=dict(os.environ, **environment), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode == 0:
        return done.stdout.splitlines()
    print(f"FAILED: {' '.join(arguments)} on {ranks} ranks, {describe(environment)}\n{done.stdout}")
    return None


def describe(environment):
    return ", ".join(f"{name}={value}" for name, value in environment.items()) or "as it comes"


def algorithms(options, ranks, kind):
    """{collective: names that fit}, {collective: names that do not}."""
    listed = subprocess.run([options.program, "algorithms", str(ranks)], stdout=subprocess.PIPE, text=True, check=True)
    fits, refused = {}, {}
    for line in listed.stdout.splitlines():
        collective, name, floats, integers = line.split()
        good = (floats if kind == "floats" else integers) == "fits"
        (fits if good else refused).setdefault(collective, []).append(name)
    return fits, refused


def combinations(options, ranks, kind):
    """The environments of the jobs: as it comes first."""
    fits, _ = algorithms(options, ranks, kind)
    settings = [",".join(f"{collective}:{names[k % len(names)]}" for collective, names in fits.items())
                for k in range(max(map(len, fits.values())))]
    pairs = list(itertools.product(range(len(settings)), range(len(STAGINGS))))
    if kind == "integers":
        pairs = [(i, j) for i, j in pairs if i % len(STAGINGS) == j]
    yield {}
    if options.all and kind == "floats":
        chosen = itertools.product(settings, STAGINGS, TRANSPORTS, PLACES, SEGMENTS)
    else:
        chosen = ((settings[i], STAGINGS[j], TRANSPORTS[(i + j) % 2], PLACES[(i // 2 + j) % 2],
                   SEGMENTS[(i + j // 2) % 2]) for i, j in pairs)
    for setting, staging, transport, place, segment in chosen:
        yield {"CLIQUE_ALGORITHM": setting, "CLIQUE_STAGING": staging, "CLIQUE_TRANSPORT": transport,
               "CLIQUE_REDUCE": place, "CLIQUE_SEGMENT_BYTES": str(segment)}


def compare(options, ranks, kind):
    """Runs the jobs of one group; the number of failures."""
    failures, runs, first = 0, 0, None
    for environment in combinations(options, ranks, kind):
        lines = run(options, ranks, environment, kind)
        sums = lines and sorted(line for line in lines if line.startswith("bits: "))
        runs += 1
        if not sums or not any(line.startswith("bits: all 0x") for line in sums):
            failures += 1
        elif first is None:
            first = sums
        elif sums != first:
            failures += 1
            print(f"FAILED: other bits of {kind} on {ranks} ranks with {describe(environment)}:")
            print("".join(f"  {line}\n" for line in sums if line not in first), end="")
    whole = next((line.split()[-1] for line in first or [] if line.startswith("bits: all")), "none")
    if not failures:
        print(f"{kind} on {ranks} ranks: one checksum: {whole} ({runs} runs)")
    return failures


def refuse(options, ranks):
    """Algorithms that would give other bits, or do not work on so many ranks."""
    failures, names = 0, []
    refused = algorithms(options, ranks, "floats")[1]
    for some in itertools.zip_longest(*([f"{collective}:{name}" for name in of] for collective, of in refused.items())):
        asked = [each for each in some if each]
        collectives = [each.split(":")[0] for each in asked]
        failures += run(options, ranks, {"CLIQUE_ALGORITHM": ",".join(asked)}, "refused", *collectives) is None
        names += asked
    if not names:
        print(f"FAILED: no algorithm was refused for floats on {ranks} ranks; MPI's own should be")
        return 1
    if not failures:
        print(f"floats on {ranks} ranks: refused, as they must be: {', '.join(names)}")
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--launcher", default="mpiexec")
    parser.add_argument("--program", required=True)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("ranks", type=int, nargs="+")
    options = parser.parse_args()
    failures = 0
    for ranks in options.ranks:
        failures += compare(options, ranks, "floats") + compare(options, ranks, "integers") + refuse(options, ranks)
        sys.stdout.flush()
    sys.exit(1 if failures else 0)


main()
