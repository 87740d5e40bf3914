"""Under which settings the campaign runs its workload, and which faults it chooses."""
import random

FAMILIES = ("moves", "reductions", "requests", "persistent", "messages", "elements", "creation")
SMALL = {"CLIQUE_SEGMENT_BYTES": "4000", "CLIQUE_SLOTS": "1", "CLIQUE_INLINE_BYTES": "0"}
TREES = "alltoall:bruck,bcast:binomial,scatter:binomial,gather:binomial,allgather:bruck,allreduce:doubling," \
        "reduce:binomial,scan:dyadic,exscan:dyadic"
# Reductions are left to MPI where any order gives the same bits; an operator of the user's would be refused.
BY_MPI = ",".join(f"{name}:mpi" for name in (
    "barrier", "bcast", "scatter", "scatterv", "gather", "gatherv", "allgather", "allgatherv", "alltoall", "alltoallv",
    "reduce", "reduce_scatter", "reduce_scatter_block"))


class Setting:
    def __init__(self, ranks, transport, staging, name="", **more):
        self.ranks, self.shm = ranks, transport != "mpi"
        self.name = ".".join(filter(None, (str(ranks), transport, staging, name)))
        self.environment = {"CLIQUE_TRANSPORT": transport, "CLIQUE_STAGING": staging, **more}


SETTINGS = [
    Setting(3, "shm", "direct"),
    Setting(2, "shm", "mapped"),
    Setting(3, "shm", "slots"),
    Setting(2, "mpi", "direct"),
    Setting(3, "mpi", "mapped"),
    Setting(2, "mpi", "slots"),
    Setting(2, "shm", "slots", "kernel", CLIQUE_REDUCE="kernel"),
    Setting(3, "mpi", "direct", "kernel", CLIQUE_REDUCE="kernel"),
    Setting(2, "shm", "direct", "thread", CLIQUE_PROGRESS_THREAD="1"),
    Setting(2, "mpi", "slots", "thread", CLIQUE_PROGRESS_THREAD="1"),
    Setting(2, "shm", "slots", "small", **SMALL),
    Setting(3, "mpi", "mapped", "small", **SMALL),
    Setting(4, "auto", "auto"),
    Setting(4, "mpi", "auto", "trees", CLIQUE_ALGORITHM=TREES),
    Setting(3, "shm", "slots", "by_mpi", CLIQUE_ALGORITHM=BY_MPI),
    Setting(2, "shm", "direct", "cold", CLIQUE_CACHE_DIR="none"),
]

# What each entry point may return; those not named: ANY.
ANY = (-5, -6, -30, -4)  # CL_OUT_OF_RESOURCES, CL_OUT_OF_HOST_MEMORY, CL_INVALID_VALUE, CL_MEM_OBJECT_ALLOCATION_FAILURE
OWN = {
    "clGetPlatformIDs": (-6, -30, -1001), "clGetDeviceIDs": (-1, -5, -6), "clCreateSubDevices": (-18, -5, -30),
    "clCreateContext": (-2, -6, -5), "clBuildProgram": (-11, -5, -6), "clCreateProgramWithBinary": (-42, -6),
    "clCreateKernel": (-46, -5, -6), "clEnqueueMapBuffer": (-12, -4, -5), "clWaitForEvents": (-14, -5, -6),
    "clSetKernelArg": (-51, -5, -6), "clEnqueueNDRangeKernel": (-54, -5, -4),
}
OF_COMMANDS = (-5, -14, -9999)  # a negative status of an event; drivers have their own
OF_MPI = (1, 2)  # MPI_ERR_OTHER, MPI_ERR_NO_MEM


class Fault:
    def __init__(self, setting, family, entry, call, code, rank):
        self.setting, self.family, self.entry = setting, family, entry
        self.call, self.code, self.rank = call, code, rank
        self.position = "only"

    @property
    def plan(self):
        return f"{self.entry}:{self.call}:{self.code}:{self.rank}"

    @property
    def of_mpi(self):
        return self.entry.startswith("MPI_")

    def __str__(self):
        return f"{self.setting.name}/{self.family}/{self.plan}"


def parse(text):
    """The fault that str() gave."""
    name, family, plan = text.split("/")
    setting = next(each for each in SETTINGS if each.name == name)
    entry, call, code, rank = plan.split(":")
    return Fault(setting, family, entry, int(call), int(code), int(rank))


def codes(entry):
    if entry.startswith("MPI_"):
        return OF_MPI
    return OF_COMMANDS if entry.endswith("+event") else OWN.get(entry, ANY)


def pairs(limit, chance):
    """(setting, family) in an order in which every setting comes early; as many as `limit` faults are worth."""
    rows = [chance.sample(FAMILIES, len(FAMILIES)) for _ in SETTINGS]
    order = chance.sample(range(len(SETTINGS)), len(SETTINGS))
    every = [(SETTINGS[k], rows[k][column]) for column in range(len(FAMILIES)) for k in order]
    return every if limit is None else every[:max(len(SETTINGS), limit // 3)]


def candidates(setting, family, counts, chance):
    """Each entry point's first, middle and last call. counts: {rank: {entry: calls}}."""
    made = []
    for entry in sorted({entry for of in counts.values() for entry in of}):
        ranks = [rank for rank in sorted(counts) if entry in counts[rank]]
        own, shift = codes(entry), chance.randrange(12)
        for k, position in enumerate(("first", "middle", "last")):
            rank = ranks[(k + shift) % len(ranks)]
            calls = counts[rank][entry]
            call = {"first": 1, "middle": (calls + 1) // 2, "last": calls}[position]
            if any(each.entry == entry and each.call == call and each.rank == rank for each in made):
                continue
            made.append(Fault(setting, family, entry, call, own[(k + shift) % len(own)], rank))
            made[-1].position = position
    return made


def spread(made, limit, chance):
    """`limit` of them, evenly over entry points, positions, settings and families; a sixth of them MPI's, if possible."""
    made = chance.sample(made, len(made))
    if limit is None or limit >= len(made):
        return made
    chosen, used = [], {}

    def take(some, many):
        rows = {}
        for each in some:
            rows.setdefault(each.entry, []).append(each)
        while many > 0 and rows:
            for entry in sorted(rows, key=lambda _: chance.random()):
                if many == 0:
                    break
                keys = lambda each: ((entry, each.position), (entry, each.setting.name), each.setting.name,
                                     (each.family,), (entry, each.code))
                best = min(rows[entry], key=lambda each: sum(used.get(key, 0) * weight for key, weight in
                                                             zip(keys(each), (30, 20, 3, 1, 5))))
                rows[entry].remove(best)
                if not rows[entry]:
                    del rows[entry]
                for key in keys(best):
                    used[key] = used.get(key, 0) + 1
                chosen.append(best)
                many -= 1

    of_mpi = [each for each in made if each.of_mpi]
    take(of_mpi, min(len(of_mpi), (limit + 5) // 6))
    take([each for each in made if not each.of_mpi], limit - len(chosen))
    return chance.sample(chosen, len(chosen))


def chance_of(seed):
    return random.Random(seed)
