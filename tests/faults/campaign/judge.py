"""Whether a run kept the contract, by what each rank wrote down.

  1 No hang.
  2 No wrong data where a call returned.
  3 No crash; every exception is clique::error, and none is `internal`.
  4 An error that lets the communicator work on (REFUSED) comes to all ranks in the same call, with the same text; no
    data has moved; and the communicator works on.
  5 An error that poisons it (FATAL) comes to all ranks too. On shm it does so in the same call; over messages, and of
    messages, in that call or in the next one: as it is where that had begun by then, else as `poisoned`; or the job ends
    within LEARNING seconds, by another rank that ends with it. Over messages two that fail at once name their own.
    What else is in flight ends with it, and an earlier call that a rank is still in. Where nothing has moved it may
    work on, as under 4.
  6 Local calls throw here alone, can be made again, and poison nothing.
  7 Communicators are made on all ranks, or all throw the same error.
"""
import re

REFUSED = ("invalid_argument", "mismatch", "no_device", "unsupported", "out_of_memory", "build_failure")
FATAL = ("opencl_failure", "mpi_failure", "timeout")
LEARNING = 1.5  # of a deadline of 3 s
SUFFIXES = ("", "barrier", "alltoall", "again")


class Broken(Exception):
    """The first breach of a run: of which rule, how, and at which step."""

    def __init__(self, rule, how, step="", detail=""):
        super().__init__(f"{rule}: {how}")
        self.rule, self.how, self.step, self.detail = rule, how, step, detail


def key(step):
    number, _, suffix = re.fullmatch(r"(\d+)\.(\w+)\.?(\w*)", step).groups()
    return int(number), SUFFIXES.index(suffix)


class Records:
    """What the ranks wrote: of each step the last line of each rank, and from which line to which it lasted."""

    def __init__(self, lines):  # {rank: [line]}
        self.steps, self.ended, self.outside = {}, set(), []
        self.begins, self.ends = {}, {}
        for rank, of_rank in lines.items():
            for number, line in enumerate(of_rank):
                self.begins.setdefault((line["id"], rank), number)
                self.ends[line["id"], rank] = number
                if line["kind"] == "end":
                    self.ended.add(rank)
                elif line["kind"] in ("outside", "environment"):
                    self.outside.append((rank, line))
                else:
                    self.steps.setdefault(line["id"], {})[rank] = line

    def __iter__(self):
        return iter(sorted(self.steps, key=key))

    def of(self, step, rank):
        line = self.steps.get(step, {}).get(rank)
        return line["status"] if line else "absent"

    def show(self, step):
        return "; ".join(f"rank {rank}: {line['status']}" + (f" ({line['text'][:160]})" if line["text"] else "") +
                         (f" [{line['wrong']}]" if line.get("wrong") else "")
                         for rank, line in sorted(self.steps.get(step, {}).items()))


class Judge:
    """One run. `usual` are the records of one without a fault; raises Broken."""

    def __init__(self, fault, run, usual):
        self.fault, self.run, self.usual, self.records = fault, run, usual, run.records
        self.poisoned = {}  # communicator: ranks that have yet to learn it
        self.poison_at = {}  # communicator: the step that failed
        self.poison_code = {}  # and with what
        self.errors = self.half_made = False

    def check(self):
        self.whole_run()
        if self.records.outside:  # MPI did not begin: the program says so, and the job ends
            self.run.note = "MPI_Init_thread failed"
            return
        if self.ended_by_pocl():
            self.run.note = "PoCL ended a process whose command waited for a failed event"
            return
        for step in self.records:
            lines = self.records.steps[step]
            for rank, line in sorted(lines.items()):
                self.errors |= line["status"] not in ("success", "begun", "started")
                if line["status"] in ("foreign", "internal"):
                    raise self.broken("3", f"{line['status']} exception", step)
                # Behind a command that waited for a failed event nothing of a queue can be read.
                unreadable = self.fault.entry == "clSetUserEventStatus" and rank == self.fault.rank
                if line["status"] == "success" and line.get("wrong") and not unreadable:
                    raise self.broken("2", "wrong data after success", step)
            if key(step)[1] != 0:
                continue
            for on in sorted({line["on"] for line in lines.values()}):  # several, of a split
                kind = next(line["kind"] for line in lines.values() if line["on"] == on)
                if kind == "local":
                    self.local(step)
                elif kind == "message":
                    self.message(step, on)
                elif kind == "creation" and on == "":
                    self.first(step)
                else:
                    self.collective(step, on, kind)
        self.end()

    def broken(self, rule, how, step):
        return Broken(rule, how, step, "\n".join(
            f"    {each}: {self.records.show(each)}" for each in self.records
            if key(each)[0] == key(step)[0] or (key(each)[0] == key(step)[0] + 1 and key(each)[1] == 0)))

    def ranks(self, step, on):
        """Those that make this call on this communicator when nothing fails."""
        lines = self.usual.steps.get(step, self.records.steps[step])
        return sorted(rank for rank, line in lines.items() if line["on"] == on)

    def whole_run(self):
        run = self.run
        if run.left_behind:
            raise Broken("1", "processes are left behind")
        if run.hung:
            last = [f"rank {rank} in {step}" for step in self.records for rank in sorted(self.records.steps[step])
                    if self.records.of(step, rank) == "begun"]
            raise Broken("1", "hang", detail="    " + "; ".join(last))
        if run.crash and not self.ended_by_pocl():
            raise Broken("3", run.crash, detail="    " + run.last_lines())
        for rank, line in self.records.outside:
            if line["kind"] == "environment" and self.fault.entry == "MPI_Init_thread" and rank == self.fault.rank:
                if line["status"] != "mpi_failure":
                    raise Broken("3", "MPI_Init_thread fails otherwise", detail=str(line))
            elif line["kind"] == "outside" or not self.fault.entry.startswith("MPI_Init"):
                raise Broken("3", f"an exception outside of all calls: {line['text'][:80]}", detail=str(line))

    def ended_by_pocl(self):
        """pocl_update_event_failed() locks an event after it gave back the last hold of it (PoCL 3.1): a command that waits
        for an event that fails ends the process at times, unless the program holds the command's own event."""
        return self.fault.entry == "clSetUserEventStatus" and self.run.crash == "signal 6" and \
            "PTHREAD ERROR in pocl_update_event_failed()" in self.run.output

    def end(self):
        if self.run.code != 0 and self.poisoned and not self.run.said:
            self.run.note = self.run.note or "the poisoned job was ended at MPI_Finalize, without a line of clique's"
        late = {on: ranks for on, ranks in self.poisoned.items() if ranks}
        everyone = set(range(self.fault.setting.ranks))
        if self.run.code == 0 and late:
            raise Broken("5", "exit code 0, although a rank never learnt of the poison", detail=f"    {late}")
        if self.run.code == 0 and self.records.ended != everyone:
            raise Broken("3", "exit code 0, although a rank did not reach its end")
        quiet = not self.errors and not self.records.outside
        if self.run.code != 0 and quiet and not self.run.said:
            raise Broken("3", "the job ended without a word", detail="    " + self.run.last_lines())
        # What fails when all calls are over, as a look at what is still on its way, ends the job by MPI_Finalize.
        after_all = self.records.ended == everyone and self.fault.entry.startswith("MPI_") and \
            f"MPI_Finalize would wait for good: rank {self.fault.rank}: {self.fault.entry} failed" in self.run.output
        if self.run.code != 0 and quiet and not after_all:
            raise Broken("1", "the watchdog ended the job", detail="    " + self.run.last_lines())
        if self.run.code != 0 and not self.poisoned and self.records.ended == everyone and \
                not self.run.tainting() and not after_all:
            raise Broken("3", f"exit code {self.run.code} without poison", detail="    " + self.run.last_lines())

    # ---- the calls

    def outcomes(self, step, ranks):
        return {rank: self.records.of(step, rank) for rank in ranks}

    def texts(self, step, ranks):
        return {self.records.steps[step][rank]["text"] for rank in ranks}

    def moved(self, step):
        return any(line.get("wrong") for line in self.records.steps[step].values())

    def poison_after(self, step, on):
        """What a call after this one said of it, or "": the one that tried the communicator, or, of several in flight,
        a later one."""
        tried = self.records.steps.get(step + ".barrier")
        later = [tried] if tried else [self.records.steps[each] for each in self.records if key(each) > key(step)]
        return next((line["text"] for lines in later for line in lines.values()
                     if line["status"] == "poisoned" and line["on"] == on), "")

    def of_another(self, poison, step, on):
        """With which code another call failed, in flight at the same time, that is told as `poison`; or ""."""
        return next((line["status"] for other in self.records if other != step
                     for line in self.records.steps[other].values()
                     if line["on"] == on and line["status"] in FATAL and line["text"] in poison), "")

    def each_its_own(self, step, ranks):
        """Over messages ranks that fail at once, each by itself, name their own failure each."""
        own = {rank: self.records.steps[step][rank]["text"] for rank in ranks}
        named = {text for rank, text in own.items() if text.startswith(f"rank {rank}: ")}
        return not self.fault.setting.shm and self.texts(step, ranks) == named

    def job_ended_soon(self, step):
        """After the first error of this call; by a rank that said so, before others could learn it."""
        lines = self.records.steps[step].values()
        failed = [line["at"] for line in lines if line["status"] in FATAL]
        last = max(line["at"] for of in self.records.steps.values() for line in of.values())
        if not self.run.said or not failed or last - min(failed) > LEARNING:
            return False
        self.run.note = "the job was ended before a rank could learn of the error"
        return True

    def works_on(self, step, ranks):
        """All, none or some of the ranks could use the communicator after this step."""
        good = [rank for rank in ranks if self.records.of(step + ".barrier", rank) == "success"
                and self.records.of(step + ".alltoall", rank) == "success"]
        return "all" if len(good) == len(ranks) else "some" if good else "none"

    def local(self, step):
        for rank, status in self.outcomes(step, self.records.steps[step]).items():
            if status in ("success", "begun"):
                continue
            if rank != self.fault.rank:
                raise self.broken("6", "a local call fails on another rank", step)
            if self.records.of(step + ".again", rank) != "success":
                raise self.broken("6", "a local call fails again", step)

    def first(self, step):
        ranks = self.ranks(step, "")
        seen = self.outcomes(step, ranks)
        kinds = set(seen.values())
        if kinds == {"success"}:
            return
        mine = seen[self.fault.rank]
        looks = ("MPI_Initialized", "MPI_Finalized", "MPI_Comm_test_inter", "MPI_Comm_size", "MPI_Comm_rank")
        if self.fault.entry in looks and mine in ("invalid_argument", "mpi_failure"):
            self.run.note = "what was passed in was taken for no communicator, on one rank"
            return
        if self.fault.of_mpi and mine == "mpi_failure" and kinds <= {"mpi_failure", "timeout"}:
            self.run.note = "MPI failed before the ranks could talk"
            return
        if self.fault.of_mpi and self.run.said and self.run.code != 0:
            self.run.note = "ended by the watchdog"
            return
        if len(kinds) != 1 or len(self.texts(step, ranks)) != 1:
            raise self.broken("7", f"communicator made or not: {mine} on the rank of the fault, "
                              f"{self.others(seen)} on others", step)
        if kinds <= {"mpi_failure", "timeout"}:
            return
        again = set(self.outcomes(step + ".again", ranks).values())
        if again != {"success"}:
            raise self.broken("7", f"no communicator at the second attempt either: {sorted(again)}", step)

    def others(self, seen):
        return "/".join(sorted({status for rank, status in seen.items() if rank != self.fault.rank}))

    def collective(self, step, on, kind):
        rule = "7" if kind == "creation" else None
        ranks = self.ranks(step, on)
        seen = self.outcomes(step, ranks)
        kinds = set(seen.values())
        if on in self.poisoned:
            return self.after_poison(step, on, seen)
        if kinds == {"success"}:
            return
        if kinds <= {"success", "absent"} and self.run.code != 0:
            return  # the job ended; end() asks why
        mine = seen.get(self.fault.rank, "absent")
        how = f"{mine} on the rank of the fault, {self.others(seen)} on others"
        if self.fault.of_mpi and self.run.said and kind == "creation":
            self.run.note = "ended by the watchdog"
            self.poison(step, on, {})
            self.half_made = True  # a last message was lost: one rank may have a communicator that others have not
            return
        if self.half_made and mine == "absent":
            return
        same = len(kinds) == 1 and len(self.texts(step, ranks)) == 1
        refused = kinds & set(REFUSED)
        poison = self.poison_after(step, on)
        of_another = poison and self.of_another(poison, step, on)
        if refused and (not poison or of_another):
            if not same:
                raise self.broken(rule or "4", how + (", other texts" if len(kinds) == 1 else ""), step)
            if self.moved(step):
                raise self.broken("4", f"{mine}, but data has moved", step)
            if not poison and self.works_on(step, ranks) != "all":
                raise self.broken("4", f"{mine}, and then the communicator works on {self.works_on(step, ranks)} "
                                  "of the ranks", step)
            if kind == "creation":
                self.creation_again(step, ranks)
            return
        if refused:
            if not same:
                raise self.broken("4", "an error that should leave the communicator poisons it, and not on all ranks "
                                  f"in the same call: {how}", step)
            raise self.broken("4", f"{mine} on all ranks, but poisons the communicator", step)
        fatal = {status for status in seen.values() if status in FATAL}
        if not fatal:
            texts = {self.records.steps[step][rank]["text"] for rank in ranks if seen[rank] == "poisoned"}
            codes = {self.of_another(text, step, on) for text in texts} or {""}
            if "" in codes:
                raise self.broken("5", "poisoned without an error before" if texts else how, step)
            self.poison(step, on, seen)
            self.poison_code[on] = codes.pop()
            return
        failed = [rank for rank, status in seen.items() if status in FATAL]
        if len(fatal) != 1 or len(self.texts(step, failed)) != 1 and not self.each_its_own(step, failed):
            raise self.broken(rule or "5", "different errors: " + how, step)
        works = self.works_on(step, ranks)
        if same and works == "all":
            if self.moved(step):
                raise self.broken("5", f"{mine}, works on, but data has moved", step)
            if kind == "creation":
                self.creation_again(step, ranks)
            return
        if works != "none":
            raise self.broken(rule or "5", f"works on, on {works} of the ranks: " + how, step)
        if self.fault.entry == "clSetUserEventStatus" and mine in FATAL and self.others(seen) in ("success", *FATAL):
            self.run.note = "an event that could not be completed, after its operation"
            self.poison(step, on, seen)
            return
        if ("begun" in kinds or "started" in kinds) and not self.job_ended_soon(step):
            raise self.broken("5", "a rank is still in the call when the job ends: " + how, step)
        late = set(seen.values()) <= fatal | {"poisoned"}  # they came to the call when it had failed
        earlier = mine == "success"  # the rank of the fault was done with it, and failed while others were not
        if self.fault.setting.shm and not same and not late and not earlier and not self.others_in_flight(step):
            raise self.broken(rule or "5", "not on all ranks in the same call: " + how, step)
        self.poison(step, on, seen)

    def others_in_flight(self, step):
        """On the rank of the fault, until after this call: it may be theirs, and this one done on other ranks."""
        rank, end = self.fault.rank, self.records.ends.get((step, self.fault.rank), 0)
        return any(other in self.records.steps and key(other) > key(step) and key(other)[1] == 0 and begin < end
                   for (other, of), begin in self.records.begins.items() if of == rank)

    def poison(self, step, on, seen):
        self.poison_at[on] = step
        self.poison_code[on] = next((status for status in seen.values() if status in FATAL), "poisoned")
        self.poisoned[on] = {rank for rank, status in seen.items() if status not in FATAL + ("poisoned",)}

    def after_poison(self, step, on, seen):
        poison = self.poison_at[on]
        for rank, status in seen.items():
            if rank not in self.poisoned[on] or status == "absent":
                continue
            if self.records.begins[step, rank] < self.records.ends[poison, rank]:  # it was in flight by then
                self.poisoned[on] -= {rank} if status != "success" else set()
                continue
            if status == "success" and (step.endswith("_init") or self.learns_meanwhile(step, on, rank)):
                continue  # of messages, an init is local
            if status not in ("poisoned", self.poison_code[on]):
                raise self.broken("5", f"{status} instead of poisoned in the next call", step)
            self.poisoned[on].discard(rank)

    def learns_meanwhile(self, step, on, rank):
        """Of several calls in flight at once one tells it, and one that was done by then need not."""
        end = self.records.ends[step, rank]
        return any(self.records.of(other, rank) in FATAL + ("poisoned",) and self.records.begins[other, rank] < end
                   for other, lines in self.records.steps.items() if rank in lines and lines[rank]["on"] == on)

    def creation_again(self, step, ranks):
        again = set(self.outcomes(step + ".again", ranks).values())
        if again != {"success"}:
            raise self.broken("7", f"refused on all, and at the second attempt {sorted(again)}", step)

    def message(self, step, on):
        ranks = self.ranks(step, on)
        seen = self.outcomes(step, ranks)
        if on in self.poisoned:
            return self.after_poison(step, on, seen)
        failed = {rank: status for rank, status in seen.items() if status not in ("success", "absent")}
        lasting = {rank: status for rank, status in failed.items()
                   if self.records.of(step + ".again", rank) != "success"}
        if not lasting:
            if set(failed) - {self.fault.rank}:
                raise self.broken("5", "a message fails locally on another rank", step)
            return
        how = f"{seen.get(self.fault.rank, 'absent')} on the rank of the fault, {self.others(seen)} on others"
        if set(lasting.values()) & set(REFUSED):
            poisons = any(self.records.of(f"{step}.{after}", rank) == "poisoned" for rank in lasting
                          for after in ("again", "barrier"))
            raise self.broken("4", f"of a message{', poisons the communicator' if poisons else ''}: {how}", step)
        if ("begun" in lasting.values() or "started" in lasting.values()) and not self.job_ended_soon(step):
            raise self.broken("5", "a rank is still in the message when the job ends: " + how, step)
        fatal = [rank for rank, status in lasting.items() if status in FATAL]
        if not fatal:
            codes = {self.of_another(self.records.steps[step][rank]["text"], step, on) for rank in lasting}
            if "" in codes:
                raise self.broken("5", "of a message: poisoned without an error before", step)
            self.poison(step, on, seen)
            self.poison_code[on] = codes.pop()
            return
        if len(self.texts(step, fatal)) != 1:
            raise self.broken("5", "of a message: different errors: " + how, step)
        self.poison(step, on, seen)
