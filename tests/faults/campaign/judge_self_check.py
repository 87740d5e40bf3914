"""The judge finds planted breaches of the contract, each by its rule, and passes what keeps it."""
import re
import sys

sys.dont_write_bytecode = True
import judge
import settings

GOOD = ("success", "")
OUT = ("out_of_memory", "rank 1: no memory")
LOST = ("opencl_failure", "rank 1: clFinish failed")
POISONED = ("poisoned", "the communicator failed earlier: rank 1: clFinish failed")
ELSE = ("opencl_failure", "rank 1: clFlush failed")
OWN = ("opencl_failure", "rank 0: clFlush failed")
BEGUN = ("begun", "")
TRIED = {"00.alltoall.barrier": (GOOD, GOOD), "00.alltoall.alltoall": (GOOD, GOOD)}
DEAD = {"00.alltoall.barrier": (POISONED, POISONED)}


class Run:
    """What judge.Judge looks at. steps: {step: what each rank saw}; None: it was not there."""

    def __init__(self, steps, code=0, wrong=(), kind="collective", hung=False, crash="", ended=True, said=None, last=0,
                 output="", entry="clFinish"):
        lines = {0: [], 1: []}
        for step, outcomes in steps.items():
            for rank, outcome in enumerate(outcomes):
                if outcome:
                    lines[rank].append({"id": step.removesuffix(".end"), "kind": kind, "on": "" if kind == "local" else "01.dup",
                                        "status": outcome[0], "text": outcome[1], "at": last * (len(lines[rank]) > 0),
                                        "wrong": "element 0" if (step, rank) in wrong else ""})
        for rank in lines if ended else ():
            lines[rank].append({"id": "end", "kind": "end", "on": "", "status": "success", "text": "", "at": last})
        self.records, self.note = judge.Records(lines), ""
        self.code, self.hung, self.crash, self.left_behind, self.said = code, hung, crash, False, said
        self.output, self.entry = output, entry

    def tainting(self):
        return False

    def last_lines(self):
        return ""


def both(outcome, **more):
    return {"00.alltoall": (outcome, outcome), **more}


OF_POCL = "PTHREAD ERROR in pocl_update_event_failed():2267: Invalid argument (22)"
AT_THE_END = "clique: the job is aborted, since MPI_Finalize would wait for good: rank 1: MPI_Test failed: no memory"
BOTH_WORK = {"00.alltoall": (GOOD, GOOD), "01.bcast": (GOOD, GOOD)}
CASES = [  # (rule or None, transport, run)
    (None, "shm", Run(BOTH_WORK)),
    ("1", "shm", Run(BOTH_WORK, code=124, hung=True)),
    ("2", "shm", Run(BOTH_WORK, wrong=[("01.bcast", 1)])),
    ("3", "shm", Run(BOTH_WORK, code=134, crash="signal 6")),
    ("3", "shm", Run(BOTH_WORK, code=134, crash="signal 6", entry="clSetUserEventStatus")),
    ("3", "shm", Run(BOTH_WORK, code=134, crash="signal 6", output=OF_POCL)),
    (None, "shm", Run(BOTH_WORK, code=134, crash="signal 6", output=OF_POCL, entry="clSetUserEventStatus")),
    ("3", "shm", Run(both(("foreign", "bad_alloc"), **TRIED))),
    ("3", "shm", Run(both(("internal", "a mistake"), **TRIED))),
    ("3", "shm", Run(BOTH_WORK, code=1)),
    ("3", "shm", Run(BOTH_WORK, ended=False)),
    ("1", "mpi", Run(BOTH_WORK, code=1, said=True)),
    ("1", "mpi", Run(BOTH_WORK, code=1, said=True, output=AT_THE_END)),  # it names another function
    (None, "mpi", Run(BOTH_WORK, code=1, said=True, output=AT_THE_END, entry="MPI_Test")),
    (None, "shm", Run(both(OUT, **TRIED))),
    ("4", "shm", Run({"00.alltoall": (OUT, GOOD), **TRIED})),
    ("4", "shm", Run({"00.alltoall": (OUT, ("out_of_memory", "another text")), **TRIED})),
    ("4", "shm", Run(both(OUT, **TRIED), wrong=[("00.alltoall", 0)])),
    ("4", "shm", Run(both(OUT, **DEAD), code=1)),
    (None, "shm", Run(both(LOST, **TRIED))),
    (None, "shm", Run(both(LOST, **DEAD), code=1)),
    ("5", "shm", Run(both(LOST, **TRIED), wrong=[("00.alltoall", 0)])),
    ("5", "shm", Run({"00.alltoall": (GOOD, LOST), "00.alltoall.barrier": (None, POISONED),
                      "01.bcast": (POISONED, None)}, code=1)),
    (None, "mpi", Run({"00.alltoall": (GOOD, LOST), "00.alltoall.barrier": (None, POISONED),
                       "01.bcast": (POISONED, None)}, code=1)),
    ("5", "mpi", Run({"00.alltoall": (GOOD, LOST), "00.alltoall.barrier": (None, POISONED),
                      "01.bcast": (GOOD, None)}, code=1)),
    ("5", "mpi", Run({"00.alltoall": (GOOD, LOST), "00.alltoall.barrier": (None, POISONED)})),
    (None, "mpi", Run({"00.alltoall": (GOOD, LOST), "00.alltoall.barrier": (None, POISONED)}, code=1)),
    ("5", "mpi", Run({"00.alltoall": (("timeout", "waits"), LOST), **DEAD}, code=1)),
    ("5", "shm", Run(both(POISONED, **DEAD), code=1)),
    (None, "shm", Run({"00.fill": (GOOD, LOST), "00.fill.again": (None, GOOD)}, kind="local")),
    ("6", "shm", Run({"00.fill": (GOOD, LOST), "00.fill.again": (None, LOST)}, kind="local")),
    ("6", "shm", Run({"00.fill": (LOST, GOOD), "00.fill.again": (GOOD, None)}, kind="local")),
    ("7", "shm", Run({"00.alltoall": (GOOD, OUT), "00.alltoall.barrier": (None, GOOD)}, kind="creation")),
    (None, "mpi", Run({"00.sendrecv": (GOOD, OUT), "00.sendrecv.again": (None, GOOD)}, kind="message")),
    ("4", "mpi", Run({"00.sendrecv": (GOOD, OUT), "00.sendrecv.again": (None, OUT)}, kind="message")),
    ("5", "mpi", Run({"00.sendrecv": (("timeout", "waits"), LOST),
                      "00.sendrecv.again": (POISONED, POISONED)}, kind="message", code=1)),
    (None, "shm", Run(both(OUT, **DEAD, **{"01.bcast": (LOST, LOST)}), code=1)),
    ("4", "shm", Run(both(OUT, **DEAD, **{"01.bcast": (ELSE, ELSE)}), code=1)),
    ("5", "mpi", Run({"00.sendrecv": (GOOD, POISONED), "01.sendrecv": (ELSE, None)}, kind="message", code=1)),
    (None, "mpi", Run({"00.sendrecv": (GOOD, POISONED), "00.sendrecv.again": (None, POISONED),
                       "01.sendrecv": (LOST, None), "01.sendrecv.again": (POISONED, None)}, kind="message", code=1)),
    (None, "mpi", Run({"00.sendrecv": (GOOD, LOST), "00.sendrecv.again": (None, POISONED), "01.irecv": (BEGUN, None),
                       "02.isend": (GOOD, None), "01.irecv.end": (LOST, None)}, kind="message", code=1)),
    ("5", "mpi", Run({"00.sendrecv": (GOOD, LOST), "00.sendrecv.again": (None, POISONED), "02.isend": (GOOD, None),
                      "03.irecv": (LOST, None)}, kind="message", code=1)),
    (None, "shm", Run({"00.sendrecv": (GOOD, LOST), "00.sendrecv.again": (None, POISONED), "01.send_init": (GOOD, None),
                       "02.sendrecv": (LOST, None)}, kind="message", code=1)),
    (None, "mpi", Run({"00.alltoall": (OWN, LOST), **DEAD}, code=1)),
    ("5", "shm", Run({"00.alltoall": (OWN, LOST), **DEAD}, code=1)),
    ("5", "mpi", Run({"00.alltoall": (ELSE, LOST), **DEAD}, code=1)),
    (None, "mpi", Run({"00.alltoall": (BEGUN, LOST), "00.alltoall.barrier": (None, POISONED)}, code=1, said=True, last=1)),
    ("5", "mpi", Run({"00.alltoall": (BEGUN, LOST), "00.alltoall.barrier": (None, POISONED)}, code=1, said=True, last=2)),
    ("5", "mpi", Run({"00.alltoall": (BEGUN, LOST), "00.alltoall.barrier": (None, POISONED)}, code=1, last=1)),
]

wrong = 0
for number, (rule, transport, run) in enumerate(CASES):
    setting = next(each for each in settings.SETTINGS if each.ranks == 2 and each.name.split(".")[1] == transport)
    fault = settings.Fault(setting, "moves", run.entry, 1, -5, 1)
    usual = judge.Records({rank: [dict(line, status="success") for step, lines in run.records.steps.items()
                                  if re.fullmatch(r"\d+\.\w+", step) for line in lines.values()]
                           for rank in (0, 1)})
    try:
        judge.Judge(fault, run, usual).check()
        found, text = None, "nothing"
    except judge.Broken as broken:
        found, text = broken.rule, str(broken)
    if found != rule:
        wrong += 1
        print(f"case {number}: the judge found {text}, not a breach of rule {rule}")
print(f"{len(CASES)} runs judged, {wrong} wrong")
sys.exit(1 if wrong else 0)
