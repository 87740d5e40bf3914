"""clique transpose against NumPy, on 1 to 4 ranks; and the files that it must refuse."""
import io
import os
import stat
import sys

import numpy as np

from harness import check, complaints, finish, run, scratch

PEAK_MEMORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peak_memory.py")
SHAPES = [(7, 5), (1, 9), (9, 1), (0, 4), (4, 0), (2, 3), (64, 48), (131, 67), (3, 1000), (1, 1), (257, 129), (0, 0),
          (5, 4), (33, 17)]
DTYPES = ["b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]


def random_array(dtype, shape, seed):
    """Any bits at all, NaNs included: a transpose only moves them."""
    generator = np.random.default_rng(seed)
    raw = generator.integers(0, 2 if dtype == "b1" else 256, (shape[0] * shape[1] * np.dtype(dtype).itemsize,), np.uint8)
    return np.frombuffer(raw.tobytes(), dtype).reshape(shape)


def save(path, array, order="C", endian="<", version=(1, 0)):
    array = np.asarray(array, array.dtype.newbyteorder(endian), order=order)
    with open(path, "wb") as file:
        np.lib.format.write_array(file, array, version=version)


def check_result(path, wanted, what, process, exact=True):
    if not check(process.returncode == 0 and os.path.exists(path), f"{what}: done", process):
        return
    got = np.load(path)
    right = got.shape == wanted.shape and got.dtype == wanted.dtype.newbyteorder("<") and got.flags.c_contiguous
    check(right, f"{what}: shape {got.shape}, dtype {got.dtype}", process)
    same = got.tobytes() == np.ascontiguousarray(wanted).tobytes() if exact else np.allclose(got, wanted, 1e-6)
    check(same, f"{what}: elements", process)


with scratch() as folder:
    source, target = os.path.join(folder, "in.npy"), os.path.join(folder, "out.npy")

    # Every dtype and every shape, with ranks, orders, byte orders and versions in turn.
    for case, (dtype, shape) in enumerate(zip(DTYPES, SHAPES)):
        ranks, order, endian = 1 + case % 4, "CF"[case % 3 == 2], "<>"[case // 2 % 2]
        array = random_array(dtype, shape, case)
        save(source, array, order, endian, [(1, 0), (2, 0), (3, 0)][case % 3])
        done = run(ranks, "transpose", source, target)
        check_result(target, array.T, f"{endian}{dtype} {shape} {order} on {ranks}", done)
        os.unlink(target) if os.path.exists(target) else None

    # Every number of ranks with one shape that divides by none of them; chunks of 8 MiB end within a rank's share.
    large = np.random.default_rng(1).random((2503, 2011), np.float32)
    save(source, large)
    for ranks in 1, 2, 3, 4:
        check_result(target, large.T, f"{large.shape} on {ranks}", run(ranks, "transpose", source, target))

    # An expression, on all kinds of elements.
    small = np.random.default_rng(2)
    for ranks, order, array, expression, wanted in [
            (2, "C", small.integers(-99, 99, (13, 8), np.int32), "2*x+1", lambda x: 2 * x + 1),
            (3, "F", small.random((13, 8), np.float32), "2*x+1", lambda x: 2 * x + 1),
            (4, "C", small.random((3, 11)).astype(np.float16), "x*0.5f", lambda x: x * np.float16(0.5)),
            (2, "C", small.random((6, 5)) + 1j * small.random((6, 5)), "cmul(x, x)", lambda x: x * x)]:
        save(source, array, order, "<>"[ranks % 2])
        done = run(ranks, "transpose", source, target, "--apply", expression)
        exact = array.dtype == np.int32
        check_result(target, wanted(array).astype(array.dtype).T, f"{expression} of {array.dtype} on {ranks}", done, exact)
    # `i` counts within the rank's rows, `rank` and `size` are the communicator's.
    save(source, np.zeros((4, 3), np.int64))
    done = run(2, "transpose", source, target, "--apply", "x + i + 100 * rank + 1000 * size")
    check_result(target, (np.arange(12) % 6 + 100 * (np.arange(12) // 6) + 2000).reshape(4, 3).T, "i, rank, size", done)

    # Memory: three shares of 64 MiB and what OpenCL, MPI and the program take; the pages of peers that a rank reads count.
    share, ranks = 64, 4
    save(source, (np.arange(8192 * 8192, dtype=np.uint32) * np.uint32(2654435761)).view(np.float32).reshape(8192, 8192))
    done = run(ranks, "transpose", source, target, under=[sys.executable, PEAK_MEMORY])
    check(done.returncode == 0 and np.array_equal(np.load(target, "r").view(np.uint32),
                                                  np.load(source, "r").view(np.uint32).T), "256 MiB on 4", done)
    peaks = [int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("peak: ")]
    check(len(peaks) == ranks and max(peaks) < 3 * share + 200, f"peak memory {peaks} MiB", done)

    # Onto itself, and over something else; the mode is an ordinary file's.
    os.umask(0o022)
    save(source, large[:300])
    check_result(source, large[:300].T, "in place", run(3, "transpose", source, source))
    check(stat.S_IMODE(os.stat(source).st_mode) == 0o644, "the mode of a new file")
    check(sorted(os.listdir(folder)) == ["in.npy", "out.npy"], f"nothing else is left: {os.listdir(folder)}")


def image(array, **options):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, **options)
    return buffer.getvalue()


plain = image(np.arange(12, dtype=np.float32).reshape(3, 4))
REFUSED = [  # content of the file (None: there is none), what the message must hold, ranks, further arguments
    (None, "No such file", 3, []),
    (b"", "not a .npy file", 1, []),
    (b"hello, world", "not a .npy file", 2, []),
    (plain[:-1], "truncated", 2, []),
    (plain[:40], "truncated", 1, []),
    (plain + b"!", "followed by something else", 2, []),
    (plain.replace(b"False", b"Maybe"), "malformed", 1, []),
    (plain.replace(b"(3, 4)", b"(3, 5)"), "truncated", 1, []),
    (image(np.arange(4.0)), "1 dimensions", 2, []),
    (image(np.zeros((2, 2, 2))), "3 dimensions", 1, []),
    (image(np.array([["a", "b"]])), "'<U1'", 2, []),
    (image(np.zeros((2, 2), "V2")), "bfloat16", 1, []),
    (image(np.zeros((2, 2), bool)), "bool", 1, ["--apply", "x+1"]),
    (plain, "expression:1", 2, ["--apply", "x +* nonsense"]),
]
for content, message, ranks, arguments in REFUSED:
    with scratch() as folder:
        source, target = os.path.join(folder, "in.npy"), os.path.join(folder, "out.npy")
        if content is not None:
            with open(source, "wb") as file:
                file.write(content)
        refused = run(ranks, "transpose", source, target, *arguments, launcher=ranks > 1)
        check(refused.returncode == 1, f"{message}: exit code 1", refused)
        lines = complaints(refused)
        check(len(lines) == 1 and (message in lines[0] or message in refused.stderr), f"{message}: one line", refused)
        left = sorted(os.listdir(folder))
        check(left == ([] if content is None else ["in.npy"]), f"{message}: left {left}", refused)

# Where the result cannot go.
with scratch() as folder:
    source = os.path.join(folder, "in.npy")
    with open(source, "wb") as file:
        file.write(plain)
    for target in os.path.join(folder, "no", "out.npy"), folder, "/dev/null":
        refused = run(2, "transpose", source, target)
        check(refused.returncode == 1 and len(complaints(refused)) == 1, f"cannot write {target}", refused)
    check(os.listdir(folder) == ["in.npy"] and not os.path.isfile("/dev/null"), "nothing is left")

# What is no regular file is refused by every rank at once, as the input and as the output, and named.
with scratch() as folder:
    source, target, pipe = (os.path.join(folder, name) for name in ("in.npy", "out.npy", "pipe"))
    with open(source, "wb") as file:
        file.write(plain)
    os.mkfifo(pipe)
    for ends, kind in ((pipe, target), "pipe"), ((source, pipe), "pipe"), ((folder, target), "directory"), (
            ("/dev/zero", target), "device"):
        refused = run(2, "transpose", *ends)
        lines = complaints(refused)
        check(refused.returncode == 1 and len(lines) == 1 and kind in lines[0], f"{ends}: {kind}", refused)
    check(sorted(os.listdir(folder)) == ["in.npy", "pipe"] and stat.S_ISFIFO(os.stat(pipe).st_mode), "nothing is left")

# What is replaced keeps its mode, and a link stays a link.
with scratch() as folder:
    source, target, link = (os.path.join(folder, name) for name in ("in.npy", "out.npy", "link.npy"))
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    save(source, array)
    with open(target, "wb"):
        os.chmod(target, 0o600)
    os.symlink("out.npy", link)
    done = run(2, "transpose", source, link)
    check_result(target, array.T, "through a link", done)
    check(os.readlink(link) == "out.npy" and stat.S_IMODE(os.stat(target).st_mode) == 0o600, "link and mode stay", done)
    check(sorted(os.listdir(folder)) == ["in.npy", "link.npy", "out.npy"], f"nothing else: {os.listdir(folder)}")

finish()
