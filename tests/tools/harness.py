"""What the tests of the clique command share: running it on some ranks within a time limit, and keeping count.

A test is called as `SUBJECT.py CLIQUE MPIEXEC`, prints a line per failure and exits 1 if there was one.
"""
import contextlib
import os
import subprocess
import sys
import tempfile

CLIQUE, MPIEXEC = sys.argv[1], sys.argv[2]
# Open MPI refuses root and more ranks than cores without these; MPICH does not read them.
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_rmaps_base_oversubscribe="1", PRTE_MCA_rmaps_default_mapping_policy=":oversubscribe")
failures = 0
checks = 0


def run(ranks, *arguments, environment=None, launcher=True, stdout=None, under=()):
    """The finished process of `clique ARGUMENTS` on so many ranks, each under the command `under`; without launcher,
    started as it is. Its output is kept, or goes to the file `stdout`."""
    command = ["timeout", "-k", "5", "60"]
    if launcher:
        command += [MPIEXEC, "-n", str(ranks)]
    with open(stdout, "w") if stdout else contextlib.nullcontext(subprocess.PIPE) as output:
        return subprocess.run(command + [*under, CLIQUE, *map(str, arguments)], env=dict(ENVIRONMENT, **(environment or {})),
                              stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, text=True)


def complaints(process):
    """The lines of the command itself; the launcher may add its own."""
    return [line for line in process.stderr.splitlines() if line.startswith("clique: ")]


def check(holds, what, process=None):
    global failures, checks
    checks += 1
    if holds:
        return True
    failures += 1
    print(f"FAILED: {what}")
    if process is not None:
        print(f"  command: {' '.join(process.args)}\n  exit code: {process.returncode}")
        print(f"  stdout: {process.stdout}\n  stderr: {process.stderr}")
    return False


def scratch():
    return tempfile.TemporaryDirectory(prefix="clique-tools-")


def finish():
    print(f"{checks} checks, {failures} failed")
    sys.exit(1 if failures or not checks else 0)
